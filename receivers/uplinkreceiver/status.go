package uplinkreceiver

import (
	"errors"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// errorDomain marks the details of our own refusals.
const errorDomain = "uplink.weir"

// Reasons of the receiver's own; the decoder's join them.
const (
	reasonStopping        = "stopping"
	reasonTooManySessions = "too_many_sessions"
	reasonTooLarge        = "too_large"
	reasonMalformed       = "malformed"
	reasonSessionReused   = "session_reused"
	reasonPipeline        = "pipeline"
	reasonCredentials     = "credentials"
)

// refusal is an envelope, or a session, that is not taken. Its code tells the
// sender what to do: InvalidArgument: the same facts will be refused for ever;
// any other: again, in a new session.
type refusal struct {
	code   codes.Code
	reason string
}

// Error names the reason and nothing that was received.
func (r *refusal) Error() string { return "uplink: refused: " + r.reason }

// GRPCStatus is what goes over the wire: the reason as text for people and as
// a detail for programs.
func (r *refusal) GRPCStatus() *status.Status {
	s := status.New(r.code, r.Error())
	if detailed, err := s.WithDetails(&errdetails.ErrorInfo{Reason: r.reason, Domain: errorDomain}); err == nil {
		return detailed
	}
	return s
}

// lostReason is the reason for which gRPC itself refused a message; empty when
// the connection was lost.
func lostReason(err error) string {
	switch status.Code(err) {
	case codes.ResourceExhausted: // above max_recv_msg_size_mib
		return reasonTooLarge
	case codes.Internal, codes.Unimplemented: // not compressed as it says
		return reasonMalformed
	default:
		return ""
	}
}

// pipelineRefusal translates what the pipeline said. Its text stays here: it
// may hold what was received. A pipeline that no longer accepts the sender says
// so by an error with a gRPC status (Unauthenticated, PermissionDenied), be it
// permanent or not: the sender may come with another key, and loses nothing.
func pipelineRefusal(err error) *refusal {
	var s interface{ GRPCStatus() *status.Status }
	if errors.As(err, &s) {
		if code := s.GRPCStatus().Code(); code == codes.Unauthenticated || code == codes.PermissionDenied {
			return &refusal{code, reasonCredentials}
		}
	}
	if consumererror.IsPermanent(err) {
		return &refusal{codes.InvalidArgument, reasonPipeline}
	}
	return &refusal{codes.Unavailable, reasonPipeline}
}
