package capture

import (
	"bytes"
	"io"
	"testing"

	"github.com/weir-telemetry/weir/internal/capture"
	"github.com/weir-telemetry/weir/internal/capture/packet"
	"github.com/weir-telemetry/weir/internal/capture/pcapfile"
	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/flow"
	"github.com/weir-telemetry/weir/internal/l7/http1"
)

func isJSON(contentType []byte) bool { return bytes.HasPrefix(contentType, []byte("application/json")) }

// weir takes all pairs from a capture, JSON bodies decoded and kept.
func weir(tb testing.TB, file []byte) (v verdict) {
	r, err := pcapfile.NewReader(bytes.NewReader(file))
	if err != nil {
		tb.Fatal(err)
	}
	tr := flow.NewTracker(flow.Config{HTTP: http1.Config{KeepBody: isJSON}}, func(e *exchange.Exchange) {
		var id, typ []byte
		for _, h := range e.Response.Headers {
			switch string(h.Name) {
			case "X-Request-Id":
				id = h.Value
			case "Content-Type":
				typ = h.Value
			}
		}
		v.judge(e.Path, id, e.Response.Body, isJSON(typ), e.Partial)
	})
	var dec packet.Decoder
	var rec capture.Record
	var seg packet.Segment
	for {
		err := r.Next(&rec)
		if err == io.EOF {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		if dec.Decode(&rec, &seg) == packet.TCP {
			tr.Packet(rec.Time, (*flow.Segment)(&seg))
		}
	}
	tr.Flush()
	return v
}
