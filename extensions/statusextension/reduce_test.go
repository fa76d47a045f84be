package statusextension

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestReduce(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("row 7: jane.roe@example.org"), "other"},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, "connection_refused"},
		{&net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}, "address_in_use"},
		{&os.PathError{Op: "open", Path: "/home/jane.roe", Err: syscall.EACCES}, "permission_denied"},
		{&os.PathError{Op: "open", Path: "/home/jane.roe", Err: syscall.ENOENT}, "not_found"},
		{fmt.Errorf("send: %w", context.DeadlineExceeded), "timeout"},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, "timeout"},
		{&net.DNSError{Name: "jane.example.org"}, "dns"},
		{tls.RecordHeaderError{Msg: "jane"}, "tls"},
		{fmt.Errorf("send: %w", status.Error(codes.Unavailable, "jane")), "grpc_unavailable"},
		{status.Error(codes.PermissionDenied, "jane"), "grpc_permission_denied"},
		{status.Error(codes.Unknown, "jane"), "other"},
		{status.Error(codes.Code(99), "jane"), "other"},
		{consumererror.NewPermanent(errors.New("jane")), "permanent"},
		{errors.Join(errors.New("jane"), syscall.ENOSPC), "no_space_left"},
	} {
		assert.Equal(t, tc.want, reduce(tc.err), "%v", tc.err)
	}
}
