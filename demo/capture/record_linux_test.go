package capture

import (
	"bytes"
	"context"
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/demo/people"
	"github.com/weir-telemetry/weir/demo/services"
)

// What is recorded must be whole packets of the services, each once.
func TestRecordWritesTheServicesPackets(t *testing.T) {
	if err := Probe(); err != nil {
		t.Skip("no live capture here: ", err)
	}
	fleet, err := services.Start(people.New(1, 5))
	require.NoError(t, err)
	s, err := open(true) // opened here, so that no packet can be missed
	require.NoError(t, err)
	stop, done := make(chan struct{}), make(chan struct{})
	var out bytes.Buffer
	var packets int
	go func() { // while the packets come: others use loopback too, and buffers are finite
		defer close(done)
		packets, err = record(s, &out, netip.MustParsePrefix("127.77.0.0/24"), stop)
	}()
	for n := range 7 {
		assert.NoError(t, fleet.Shop(context.Background(), n))
	}
	served := fleet.Served()
	fleet.Stop()
	close(stop)
	<-done
	require.NoError(t, err)
	assert.Equal(t, served, bytes.Count(out.Bytes(), []byte(" HTTP/1.1\r\n")))
	rest, n := out.Bytes()[24:], 0
	for ; len(rest) > 0; n++ {
		size := binary.LittleEndian.Uint32(rest[8:])
		require.LessOrEqual(t, int(size)+16, len(rest))
		rest = rest[16+size:]
	}
	assert.Equal(t, packets, n)
}
