package uplinkreceiver

import (
	"context"

	"google.golang.org/grpc/stats"
)

// wireSizes tells a stream how large its last message was on the wire, which
// gRPC says to nobody else: compressed, with the frame's five bytes.
type wireSizes struct{}

type wireSizeKey struct{}

// TagRPC implements stats.Handler.
func (wireSizes) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	return context.WithValue(ctx, wireSizeKey{}, new(int))
}

// HandleRPC implements stats.Handler. gRPC calls it for a payload inside of
// Recv, so whoever calls Recv owns the number.
func (wireSizes) HandleRPC(ctx context.Context, s stats.RPCStats) {
	if in, ok := s.(*stats.InPayload); ok {
		if size, ok := ctx.Value(wireSizeKey{}).(*int); ok {
			*size = in.WireLength
		}
	}
}

// TagConn implements stats.Handler.
func (wireSizes) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn implements stats.Handler.
func (wireSizes) HandleConn(context.Context, stats.ConnStats) {}

// lastWireSize is that of the message that the last Recv of the stream with
// this context returned.
func lastWireSize(ctx context.Context) int {
	if size, ok := ctx.Value(wireSizeKey{}).(*int); ok {
		return *size
	}
	return 0
}
