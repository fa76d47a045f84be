package uplinkexporter

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/metadata"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/credentials"
	"github.com/weir-telemetry/weir/internal/fact"
)

const (
	// openTimeout is how long the receiver may take to let a session in.
	openTimeout = 30 * time.Second
	// longestInterval bounds what a receiver may ask for between envelopes.
	longestInterval = time.Hour
)

// reconnect is gRPC's default, but it looks for the receiver more often.
var reconnect = backoff.Config{BaseDelay: time.Second, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 15 * time.Second}

// link is the way to the receiver: a connection and the present session on it.
type link struct {
	cfg  *Config
	dial func() (*grpc.ClientConn, error)
	key  *credentials.Value

	newID func() uint64 // of a session
	// begin makes the encoder of a new session.
	begin func(id uint64) *fact.Encoder
	onAck func(*uplinkv1.Ack)
	onEnd func(error)

	// life ends with the exporter, not with a push: a session outlives many.
	life context.Context
	stop context.CancelCauseFunc

	turn    chan struct{} // held by the one that encodes and sends
	conn    *grpc.ClientConn
	session *session  // both of whoever holds the turn
	lastly  time.Time // when the last envelope was sent, likewise

	listening sync.WaitGroup

	mu       sync.Mutex
	interval time.Duration // that the receiver asked for
	silent   bool          // nothing comes over the connection, another is due
}

// newLink makes the connection; gRPC opens it behind the caller's back and again
// whenever it is lost.
func newLink(ctx context.Context, cfg *Config, host component.Host, set component.TelemetrySettings) (*link, error) {
	ctx = context.WithoutCancel(ctx) // the start's may end with the start
	l := &link{cfg: cfg, key: credentials.New("", cfg.APIKeyFile), turn: make(chan struct{}, 1), newID: randomID}
	l.life, l.stop = context.WithCancelCause(ctx)
	l.dial = func() (*grpc.ClientConn, error) {
		conn, err := cfg.ToClientConn(ctx, host.GetExtensions(), set,
			configgrpc.WithGrpcDialOption(grpc.WithStatsHandler(wireSizes{})),
			configgrpc.WithGrpcDialOption(grpc.WithConnectParams(grpc.ConnectParams{
				Backoff: reconnect, MinConnectTimeout: openTimeout,
			})))
		if err != nil {
			return nil, fmt.Errorf("make the gRPC client: %w", err)
		}
		return conn, nil
	}
	var err error
	l.conn, err = l.dial()
	return l, err
}

// take waits for the turn to send; give it back by release.
func (l *link) take(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.life.Done():
		return errStopping
	}
}

func (l *link) release() { <-l.turn }

// pause waits until the receiver wants another envelope. Call it with the turn.
func (l *link) pause(ctx context.Context) error {
	l.mu.Lock()
	interval := l.interval
	l.mu.Unlock()
	wait := time.Until(l.lastly.Add(interval))
	if interval == 0 || wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.life.Done():
		return errStopping
	}
}

// slow keeps the interval that an acknowledgement asks for.
func (l *link) slow(seconds uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.interval = min(time.Duration(seconds)*time.Second, longestInterval)
}

// doubt notes that the connection is silent: one that is half open would hold up
// the next session too.
func (l *link) doubt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.silent = true
}

// renew replaces a silent connection. Call it with the turn.
func (l *link) renew() error {
	l.mu.Lock()
	silent := l.silent
	l.silent = false
	l.mu.Unlock()
	if !silent {
		return nil
	}
	_ = l.conn.Close() // its sessions end
	conn, err := l.dial()
	if err != nil {
		l.doubt()
		return err
	}
	l.conn = conn
	return nil
}

// current returns a session that envelopes can be sent in: the present one
// unless it ended or the API key changed. Call it with the turn.
func (l *link) current(ctx context.Context) (*session, error) {
	key, err := l.key.Get()
	if key == "" && err != nil { // a key that was read before is good until there is another
		return nil, errors.Join(errNoKey, err)
	}
	if s := l.session; s != nil {
		if s.usable() && s.key == key {
			return s, nil
		}
		s.retire()
		l.session = nil
	}
	if err := l.renew(); err != nil {
		return nil, err
	}
	s, err := l.open(ctx, key)
	if err != nil {
		return nil, err
	}
	l.session = s
	return s, nil
}

// open starts a session. It returns once the receiver let it in, so that
// nothing is said, nor written to the ledger, for one that doesn't.
func (l *link) open(ctx context.Context, key string) (*session, error) {
	id := l.newID()
	streamCtx, cancel := context.WithCancel(l.life)
	streamCtx, size := withWireSize(streamCtx)
	streamCtx = metadata.NewOutgoingContext(streamCtx, l.metadata(key))

	// Until it is let in the session depends on the push as well.
	tooLate := time.AfterFunc(min(openTimeout, l.cfg.AckTimeout), cancel)
	undo := context.AfterFunc(ctx, cancel)
	stream, err := uplinkv1.NewUplinkClient(l.conn).Report(streamCtx)
	if err == nil {
		var header metadata.MD
		if header, _ = stream.Header(); header == nil {
			_, err = stream.Recv() // the receiver did not let it in; this is why
		}
	}
	if !undo() || !tooLate.Stop() {
		err = errors.Join(errNoAck, err)
	}
	if err != nil {
		cancel()
		return nil, l.failedToOpen(ctx, err)
	}
	s := &session{
		id: id, key: key, stream: stream, cancel: cancel, size: size,
		encoder: l.begin(id),
	}
	l.listening.Go(func() { s.listen(l.onAck, l.onEnd) })
	return s, nil
}

func (l *link) failedToOpen(ctx context.Context, err error) error {
	switch {
	case l.life.Err() != nil:
		return errStopping
	case ctx.Err() != nil:
		return ctx.Err()
	}
	var why error = asSessionError(err)
	if errors.Is(err, errNoAck) {
		l.doubt()
		why = errNoAck
	}
	l.onEnd(why)
	return why
}

// metadata is what the receiver's authentication sees.
func (l *link) metadata(key string) metadata.MD {
	md := metadata.MD{}
	if key != "" {
		md.Set("authorization", "Bearer "+key)
	}
	if l.cfg.Project != "" {
		md.Set("weir-project", l.cfg.Project)
	}
	return md
}

// close ends the session and the connection.
func (l *link) close() error {
	l.stop(errStopping)
	l.turn <- struct{}{} // whoever had it gives it back now
	defer l.release()
	l.listening.Wait()
	return l.conn.Close()
}

// randomID is never 0.
func randomID() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return max(binary.BigEndian.Uint64(b[:]), 1)
}
