package statusextension

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"unicode"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// known errors by the code that is shown for them, the more telling first.
var known = []struct {
	err  error
	code string
}{
	{syscall.EADDRINUSE, "address_in_use"},
	{syscall.EADDRNOTAVAIL, "address_not_available"},
	{syscall.ECONNREFUSED, "connection_refused"},
	{syscall.ECONNRESET, "connection_reset"},
	{syscall.EHOSTUNREACH, "host_unreachable"},
	{syscall.ENETUNREACH, "network_unreachable"},
	{syscall.ENOSPC, "no_space_left"},
	{syscall.EMFILE, "too_many_open_files"},
	{syscall.ENOMEM, "out_of_memory"},
	{fs.ErrPermission, "permission_denied"},
	{fs.ErrNotExist, "not_found"},
	{fs.ErrExist, "already_exists"},
	{context.DeadlineExceeded, "timeout"},
	{context.Canceled, "canceled"},
}

// reduce returns a code for an error, whose text may echo data and is never
// shown: "other" where nothing is known of it.
func reduce(err error) string {
	if err == nil {
		return ""
	}
	for _, k := range known {
		if errors.Is(err, k.err) {
			return k.code
		}
	}
	var (
		dns    *net.DNSError
		cert   *tls.CertificateVerificationError
		record tls.RecordHeaderError
		ca     x509.UnknownAuthorityError
		timer  net.Error
	)
	switch {
	case errors.As(err, &dns):
		return "dns"
	case errors.As(err, &cert), errors.As(err, &record), errors.As(err, &ca):
		return "tls"
	case errors.As(err, &timer) && timer.Timeout():
		return "timeout"
	}
	if s, ok := status.FromError(err); ok && s.Code() != codes.Unknown && s.Code() <= codes.Unauthenticated {
		return "grpc_" + snake(s.Code().String())
	}
	if consumererror.IsPermanent(err) {
		return "permanent"
	}
	return "other"
}

// snake turns "DeadlineExceeded" into "deadline_exceeded".
func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
