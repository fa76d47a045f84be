package uplinkreceiver

import (
	"errors"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"
	"google.golang.org/grpc/codes"

	"github.com/weir-telemetry/weir/internal/fact"
)

// session is what is known of one stream: it belongs to the stream's goroutine.
type session struct {
	service *service
	decoder *fact.Decoder
}

func newSession(s *service) *session {
	return &session{service: s, decoder: fact.NewDecoder()}
}

// counts says how much an envelope held.
type counts struct{ reports, facts int }

// decode checks an envelope against the contract and the session, and returns
// its reports as fact events, a ResourceLogs for each.
func (s *session) decode(in incoming) (plog.Logs, counts, *refusal) {
	first := s.decoder.Sequence() == 0
	reports, err := s.decoder.Decode(in.envelope)
	if err != nil {
		return plog.Logs{}, counts{}, s.refusal(err)
	}
	if first && !s.service.sessions.first(sessionKey{in.envelope.GetSender(), in.envelope.GetSession()}) {
		return plog.Logs{}, counts{}, &refusal{codes.FailedPrecondition, reasonSessionReused}
	}
	logs, n := plog.NewLogs(), counts{reports: len(reports)}
	for _, r := range reports {
		r.Origin.Bytes = in.bytes
		n.facts += r.Facts()
		fact.AppendLogs(logs, r)
	}
	return logs, n, nil
}

// refusal translates the decoder's. What is wrong with the order of envelopes,
// or with the versions of both sides, can be right in another session; what is
// wrong with the content can't.
func (s *session) refusal(err error) *refusal {
	var r *fact.Refusal
	if !errors.As(err, &r) {
		return &refusal{codes.InvalidArgument, reasonMalformed}
	}
	s.service.logger.Debug("refused", zap.String("reason", string(r.Reason)), zap.String("where", r.Where))
	switch r.Reason {
	case fact.ReasonSequence, fact.ReasonSession, fact.ReasonDigest, fact.ReasonVersion:
		return &refusal{codes.FailedPrecondition, string(r.Reason)}
	default:
		return &refusal{codes.InvalidArgument, string(r.Reason)}
	}
}
