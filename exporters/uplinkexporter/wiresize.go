package uplinkexporter

import (
	"context"

	"google.golang.org/grpc/stats"
)

// wireSizes tells a stream how large its last message was on the wire, which
// gRPC says to nobody else: compressed, with the frame's five bytes.
type wireSizes struct{}

type wireSizeKey struct{}

// withWireSize returns a context for a stream, and where the size of what it
// sent last is found by whoever calls Send.
func withWireSize(ctx context.Context) (context.Context, *int) {
	size := new(int)
	return context.WithValue(ctx, wireSizeKey{}, size), size
}

// TagRPC implements stats.Handler.
func (wireSizes) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC implements stats.Handler. gRPC calls it for a payload inside of Send.
func (wireSizes) HandleRPC(ctx context.Context, s stats.RPCStats) {
	if out, ok := s.(*stats.OutPayload); ok {
		if size, ok := ctx.Value(wireSizeKey{}).(*int); ok {
			*size = out.WireLength
		}
	}
}

// TagConn implements stats.Handler.
func (wireSizes) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn implements stats.Handler.
func (wireSizes) HandleConn(context.Context, stats.ConnStats) {}
