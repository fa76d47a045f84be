package capture

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/gopacket/gopacket/reassembly"
	"github.com/klauspost/compress/gzip"
)

// peer is gopacket at its best: a decoding parser without allocation,
// reassembly without goroutines, net/http over the reassembled bytes with all
// buffers and readers used again. Pairs are first in, first out, as in its own
// examples.
type peer struct {
	verdict
	free       []*peerStream
	requests   *bufio.Reader
	responses  *bufio.Reader
	gz         *gzip.Reader
	body       bytes.Buffer
	src        [2]bytes.Reader
	compressed bytes.Buffer
}

type peerStream struct {
	p    *peer
	data [2][]byte // of the client, of the server
}

func (p *peer) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	if n := len(p.free); n > 0 {
		s := p.free[n-1]
		p.free = p.free[:n-1]
		return s
	}
	return &peerStream{p: p}
}

func (s *peerStream) Accept(_ *layers.TCP, _ gopacket.CaptureInfo, _ reassembly.TCPFlowDirection, _ reassembly.Sequence, start *bool, _ reassembly.AssemblerContext) bool {
	*start = true
	return true
}

func (s *peerStream) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	dir, _, _, _ := sg.Info()
	n, _ := sg.Lengths()
	i := 0
	if dir == reassembly.TCPDirServerToClient {
		i = 1
	}
	s.data[i] = append(s.data[i], sg.Fetch(n)...)
}

func (s *peerStream) ReassemblyComplete(reassembly.AssemblerContext) bool {
	s.p.pairs(s.data[0], s.data[1])
	s.data[0], s.data[1] = s.data[0][:0], s.data[1][:0]
	s.p.free = append(s.p.free, s)
	return true
}

func (p *peer) pairs(client, server []byte) {
	p.src[0].Reset(client)
	p.src[1].Reset(server)
	p.requests.Reset(&p.src[0])
	p.responses.Reset(&p.src[1])
	for {
		req := p.request()
		resp := p.response()
		if req == nil || resp == nil {
			return
		}
		path, id := req.URL.Path, resp.Header.Get("X-Request-Id")
		json := isJSON([]byte(resp.Header.Get("Content-Type")))
		body := p.read(resp, json)
		p.judge([]byte(path), []byte(id), body, json, false)
	}
}

// request returns the next request that can be read, its JSON body read too.
func (p *peer) request() *http.Request {
	for {
		req, err := http.ReadRequest(p.requests)
		if err == nil {
			p.body.Reset()
			_, _ = p.body.ReadFrom(req.Body)
			p.bytes += p.body.Len()
			return req
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
	}
}

func (p *peer) response() *http.Response {
	for {
		resp, err := http.ReadResponse(p.responses, nil)
		if err == nil {
			return resp
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
	}
}

func (p *peer) read(resp *http.Response, json bool) []byte {
	p.body.Reset()
	if !json {
		_, _ = io.Copy(io.Discard, resp.Body)
		return nil
	}
	if resp.Header.Get("Content-Encoding") != "gzip" {
		_, _ = p.body.ReadFrom(resp.Body)
		return p.body.Bytes()
	}
	p.compressed.Reset()
	_, _ = p.compressed.ReadFrom(resp.Body)
	var err error
	if p.gz == nil {
		p.gz, err = gzip.NewReader(&p.compressed)
	} else {
		err = p.gz.Reset(&p.compressed)
	}
	if err == nil {
		_, _ = p.body.ReadFrom(p.gz)
	}
	return p.body.Bytes()
}

func gopacketHTTP(tb testing.TB, file []byte) verdict {
	r, err := pcapgo.NewReader(bytes.NewReader(file))
	if err != nil {
		tb.Fatal(err)
	}
	p := &peer{requests: bufio.NewReader(nil), responses: bufio.NewReader(nil)}
	asm := reassembly.NewAssembler(reassembly.NewStreamPool(p))
	var eth layers.Ethernet
	var ip4 layers.IPv4
	var tcp layers.TCP
	var payload gopacket.Payload
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &eth, &ip4, &tcp, &payload)
	decoded := make([]gopacket.LayerType, 0, 4)
	var ctx peerContext
	for n := 0; ; n++ {
		data, ci, err := r.ZeroCopyReadPacketData()
		if err == io.EOF {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		if err := parser.DecodeLayers(data, &decoded); err != nil || len(decoded) < 3 {
			tb.Fatalf("packet %d not decoded: %v", n, err)
		}
		ctx.ci = ci
		asm.AssembleWithContext(ip4.NetworkFlow(), &tcp, &ctx)
		if n%4096 == 4095 { // as patient as we are with a gap
			asm.FlushWithOptions(reassembly.FlushOptions{T: ci.Timestamp.Add(-200 * time.Millisecond)})
		}
	}
	asm.FlushAll()
	return p.verdict
}

type peerContext struct{ ci gopacket.CaptureInfo }

func (c *peerContext) GetCaptureInfo() gopacket.CaptureInfo { return c.ci }
