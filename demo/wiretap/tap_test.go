package wiretap

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/mostynb/go-grpc-compression/nonclobbering/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

type receiver struct {
	uplinkv1.UnimplementedUplinkServer
}

func (receiver) Report(s grpc.BidiStreamingServer[uplinkv1.Envelope, uplinkv1.Ack]) error {
	for {
		e, err := s.Recv()
		if err != nil {
			return nil
		}
		if err := s.Send(&uplinkv1.Ack{Sequence: e.Sequence}); err != nil {
			return err
		}
	}
}

// What a real client says to a real server is in the files: raw, and decoded.
func TestTapKeepsWhatWasSaid(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	uplinkv1.RegisterUplinkServer(server, receiver{})
	go func() { _ = server.Serve(l) }()
	defer server.Stop()

	dir := t.TempDir()
	tap, err := Start(dir, l.Addr().String())
	require.NoError(t, err)
	conn, err := grpc.NewClient(tap.Address(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.UseCompressor(zstd.Name)))
	require.NoError(t, err)
	stream, err := uplinkv1.NewUplinkClient(conn).Report(t.Context())
	require.NoError(t, err)
	const envelopes = 3
	for i := range uint64(envelopes) {
		e := &uplinkv1.Envelope{Sequence: i + 1}
		for n := range 50 {
			e.Names = append(e.Names, &uplinkv1.Name{Id: uint32(n), Value: fmt.Sprintf("marker-%d-%d", i, n)})
		}
		require.NoError(t, stream.Send(e))
		ack, err := stream.Recv()
		require.NoError(t, err)
		require.Equal(t, i+1, ack.Sequence)
	}
	require.NoError(t, conn.Close())
	messages, err := tap.Close()
	require.NoError(t, err)
	assert.Equal(t, 2*envelopes, messages)

	raw, err := os.ReadFile(filepath.Join(dir, "uplink-0-sent"))
	require.NoError(t, err)
	assert.NotContains(t, string(raw), "marker-0-41", "it is compressed")
	decoded, err := os.ReadFile(filepath.Join(dir, "uplink-0-sent.decoded"))
	require.NoError(t, err)
	for i := range envelopes {
		assert.True(t, bytes.Contains(decoded, fmt.Appendf(nil, "marker-%d-41", i)), i)
	}
	assert.Contains(t, string(decoded), ":path: /weir.uplink.v1.Uplink/Report")
}
