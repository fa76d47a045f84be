package backendexporter

import (
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/weir-telemetry/weir/internal/store"
)

// credentialsError says that the sender is not, or no longer, let into a
// project. It is not permanent: the same facts are taken with another key, as
// after a rotation. Receivers tell senders so by its gRPC status.
type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return e.err.Error() }

func (e *credentialsError) Unwrap() error { return e.err }

// GRPCStatus is what an uplink receiver looks for.
func (e *credentialsError) GRPCStatus() *status.Status {
	return status.New(codes.Unauthenticated, e.err.Error())
}

func ofCredentials(err error) bool {
	return errors.Is(err, store.ErrRevoked) || errors.Is(err, store.ErrNotFound)
}
