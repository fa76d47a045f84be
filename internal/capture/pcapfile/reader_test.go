package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/capture"
	"github.com/weir-telemetry/weir/internal/capture/capturetest"
	"github.com/weir-telemetry/weir/internal/capture/packet"
)

func FuzzReader(f *testing.F) {
	var b bytes.Buffer
	_ = capturetest.WritePcap(&b, []capturetest.Packet{{Time: 1, Data: make([]byte, 60)}})
	f.Add(b.Bytes())
	f.Add([]byte("\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x1c\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := NewReader(bytes.NewReader(in))
		if err != nil {
			return
		}
		var rec capture.Record
		var dec packet.Decoder
		var seg packet.Segment
		for err == nil {
			if err = r.Next(&rec); err == nil {
				dec.Decode(&rec, &seg)
			}
		}
		var d *DamageError
		if err != io.EOF && !errors.As(err, &d) {
			t.Fatal(err)
		}
	})
}

func TestDamageAndUnreadable(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, capturetest.WritePcap(&b, []capturetest.Packet{{Time: 5, Data: make([]byte, 60)}, {Time: 6, Data: make([]byte, 60)}}))
	r, err := NewReader(bytes.NewReader(b.Bytes()[:b.Len()-1]))
	require.NoError(t, err)
	var rec capture.Record
	require.NoError(t, r.Next(&rec))
	require.EqualValues(t, 5, rec.Time)
	var d *DamageError
	require.ErrorAs(t, r.Next(&rec), &d)
	require.EqualValues(t, 24+76, d.Offset)

	var u *UnreadableError
	_, err = Open(filepath.Join(t.TempDir(), "none"))
	require.ErrorAs(t, err, &u)
	_, err = NewReader(bytes.NewReader([]byte("hello world")))
	require.ErrorAs(t, err, &u)
}
