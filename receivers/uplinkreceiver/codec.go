package uplinkreceiver

import (
	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// message is an envelope that may be none. gRPC ends a stream whose message
// can't be read by itself, with a status of its own; this way the receiver
// does, and names the reason.
type message struct {
	envelope *uplinkv1.Envelope
	err      error
}

// codec is protobuf's that puts the error of a message into the message.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(protocodec.Name)} }

// Unmarshal implements encoding.CodecV2.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(*message)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	m.envelope = new(uplinkv1.Envelope)
	m.err = proto.Unmarshal(data.Materialize(), m.envelope)
	return nil
}
