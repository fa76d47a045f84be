package uplinkexporter

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// errorDomain marks the details of a receiver's refusal.
const errorDomain = "uplink.weir"

var (
	// errStopping: the exporter is shut down; the facts stay in the queue.
	errStopping = errors.New("uplink: the exporter is stopping")
	// errNoAck: nothing came back in time.
	errNoAck = errors.New("uplink: no acknowledgement in time")
	// errBadAck: the receiver acknowledged what was never sent.
	errBadAck = errors.New("uplink: the receiver broke the protocol")
	// errBehind: the session ended over an envelope before this one.
	errBehind = errors.New("uplink: the session ended before this envelope's turn")
	// errNoKey: there is no API key to show.
	errNoKey = errors.New("uplink: api_key_file can't be used")
)

// sessionError is a session's end in few words: a status code, the reason that
// the receiver named and, where no receiver was reached, gRPC's own text.
type sessionError struct {
	code   codes.Code
	reason string
	text   string
}

func (e *sessionError) Error() string {
	switch {
	case e.reason != "":
		return fmt.Sprintf("uplink: the receiver answered %s: %s", e.code, e.reason)
	case e.text != "":
		return fmt.Sprintf("uplink: %s: %s", e.code, e.text)
	}
	return fmt.Sprintf("uplink: the receiver answered %s", e.code)
}

// permanent reports whether the envelope that met the error will meet it again.
// Only a receiver that looked at the content and names its reason can say so:
// whatever is wrong with keys, projects, versions, order or the way there can
// be set right, and costs no facts.
func (e *sessionError) permanent() bool {
	return e.code == codes.InvalidArgument && e.reason != ""
}

// label is the error as a metric attribute.
func (e *sessionError) label() string {
	if e.reason != "" {
		return reasonLabels.of(e.reason)
	}
	return codeLabel(e.code)
}

var reasonGrammar = regexp.MustCompile(`^[a-z][a-z_]{0,39}$`)

// asSessionError reads what Recv or Header returned.
func asSessionError(err error) *sessionError {
	if errors.Is(err, io.EOF) {
		return &sessionError{code: codes.OK} // the receiver ended an old session
	}
	s := status.Convert(err)
	e := &sessionError{code: s.Code()}
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetDomain() == errorDomain && reasonGrammar.MatchString(info.GetReason()) {
			e.reason = info.GetReason()
		}
	}
	switch {
	case e.reason != "":
	case e.code == codes.ResourceExhausted && strings.Contains(s.Message(), "larger than max"):
		// gRPC answers so by itself, before the receiver can.
		e.code, e.reason = codes.InvalidArgument, "too_large"
	case e.code == codes.Unavailable:
		e.text = shorten(s.Message())
	}
	return e
}

// shorten keeps a text that another process may have made from filling logs.
func shorten(text string) string {
	if len(text) > 200 {
		return text[:200] + "…"
	}
	return text
}

// labels bounds how many texts of another process become metric attributes.
type labels struct {
	mu   sync.Mutex
	seen map[string]struct{}
}

const maxLabels = 48

var reasonLabels = &labels{seen: map[string]struct{}{}}

func (l *labels) of(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.seen[text]; !ok {
		if len(l.seen) >= maxLabels {
			return "other"
		}
		l.seen[text] = struct{}{}
	}
	return text
}

// codeNames are gRPC's codes as metric attributes.
var codeNames = map[codes.Code]string{
	codes.OK: "ok", codes.Canceled: "canceled", codes.Unknown: "unknown",
	codes.InvalidArgument: "invalid_argument", codes.DeadlineExceeded: "deadline_exceeded",
	codes.NotFound: "not_found", codes.AlreadyExists: "already_exists",
	codes.PermissionDenied: "permission_denied", codes.ResourceExhausted: "resource_exhausted",
	codes.FailedPrecondition: "failed_precondition", codes.Aborted: "aborted",
	codes.OutOfRange: "out_of_range", codes.Unimplemented: "unimplemented",
	codes.Internal: "internal", codes.Unavailable: "unavailable", codes.DataLoss: "data_loss",
	codes.Unauthenticated: "unauthenticated",
}

func codeLabel(c codes.Code) string {
	if name, ok := codeNames[c]; ok {
		return name
	}
	return "unknown"
}
