package flow_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"net/netip"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/capture"
	"github.com/weir-telemetry/weir/internal/capture/capturetest"
	"github.com/weir-telemetry/weir/internal/capture/packet"
	"github.com/weir-telemetry/weir/internal/capture/pcapfile"
	"github.com/weir-telemetry/weir/internal/exchange"
	"github.com/weir-telemetry/weir/internal/flow"
)

var epoch = time.Unix(1_700_000_000, 0)

// run reads the packets from a pcap file in memory and counts right and wrong
// pairs: each body names the request's path.
func run(t *testing.T, packets []capturetest.Packet) (right, wrong int, st flow.Stats) {
	t.Helper()
	var file bytes.Buffer
	require.NoError(t, capturetest.WritePcap(&file, packets))
	r, err := pcapfile.NewReader(&file)
	require.NoError(t, err)
	tr := flow.NewTracker(flow.Config{}, func(e *exchange.Exchange) {
		if bytes.HasPrefix(e.Response.Body, append(bytes.Clone(e.Path), ' ')) {
			right++
		} else if len(e.Response.Body) > 0 || !e.Partial {
			wrong++
		}
	})
	var dec packet.Decoder
	var rec capture.Record
	var seg packet.Segment
	for {
		err := r.Next(&rec)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		require.Equal(t, packet.TCP, dec.Decode(&rec, &seg))
		tr.Packet(rec.Time, (*flow.Segment)(&seg))
	}
	tr.Flush()
	require.Zero(t, tr.Stats().BufferedBytes)
	require.Zero(t, tr.Stats().ActiveConnections)
	return right, wrong, tr.Stats()
}

func request(id string) []byte { return []byte("GET " + id + " HTTP/1.1\r\nHost: a\r\n\r\n") }

func response(id string, size int) []byte {
	body := id + " " + string(bytes.Repeat([]byte("x"), size))
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func ports(n int) (client, server netip.AddrPort) {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 1}), uint16(20000+n)), netip.MustParseAddrPort("10.0.0.2:80")
}

// stream is 2,000 pairs on 50 connections, merged by time.
func stream() (out []capturetest.Packet) {
	for k := range 50 {
		cl, sv := ports(k)
		c := capturetest.NewConn(cl, sv, epoch.Add(time.Duration(k)*7*time.Microsecond), uint32(k)*0x05000000-3000, 0xfffff000)
		c.Open()
		for i := range 40 {
			id := fmt.Sprintf("/c%d/r%d", k, i)
			c.Request(request(id))
			c.Response(response(id, (k*i)%3000))
		}
		c.Close()
		out = append(out, c.Packets...)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Time < out[j].Time })
	return out
}

func TestPairsWithoutDamage(t *testing.T) {
	right, wrong, st := run(t, stream())
	require.Equal(t, 2000, right, "%+v", st)
	require.Zero(t, wrong)
}

func TestNoWrongPairUnderLoss(t *testing.T) {
	for loss, least := range map[float64]int{0.001: 1980, 0.01: 1936, 0.05: 1694} {
		rnd := rand.New(rand.NewSource(1))
		var kept []capturetest.Packet
		for _, p := range stream() {
			if rnd.Float64() >= loss {
				kept = append(kept, p)
			}
		}
		right, wrong, st := run(t, kept)
		t.Logf("loss %v: %d right, %d wrong", loss, right, wrong)
		require.Zero(t, wrong, "%+v", st)
		require.GreaterOrEqual(t, right, least, "%+v", st)
	}
}

func TestReordering(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	p := stream()
	for i := range p {
		if rnd.Float64() < 0.01 {
			j := min(i+1+rnd.Intn(20), len(p)-1)
			p[i].Data, p[j].Data = p[j].Data, p[i].Data
		}
	}
	right, wrong, st := run(t, p)
	t.Logf("%d right, %d wrong", right, wrong)
	require.Zero(t, wrong, "%+v", st)
	require.GreaterOrEqual(t, right, 1960, "%+v", st)
}

func TestPipelinedOneByteSegments(t *testing.T) {
	cl, sv := ports(0)
	c := capturetest.NewConn(cl, sv, epoch, 0xfffffff0, 7)
	c.MSS = 1
	c.Open()
	c.Request(append(request("/a"), request("/b")...))
	c.Response(append(response("/a", 3), response("/b", 4)...))
	c.Close()
	right, wrong, st := run(t, c.Packets)
	require.Equal(t, 2, right, "%+v", st)
	require.Zero(t, wrong)
}

func TestMidStreamPickupAndDuplicates(t *testing.T) {
	cl, sv := ports(0)
	c := capturetest.NewConn(cl, sv, epoch, 1, 7)
	c.Request(request("/a"))
	c.Response(response("/a", 30))
	c.Packets = append(c.Packets, c.Packets...)
	right, wrong, st := run(t, c.Packets)
	require.Equal(t, 1, right, "%+v", st)
	require.Zero(t, wrong)
	require.EqualValues(t, 1, st.Proven)
	require.NotZero(t, st.Duplicates)
}
