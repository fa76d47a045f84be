package uplinkexporter

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// conversation is what one side said on HTTP/2 connections, taken apart.
type conversation struct {
	headers  []byte   // names and values, line by line
	messages [][]byte // of gRPC, decompressed
}

// takeApart reads what a client said on one connection.
func takeApart(t *testing.T, said []byte) (c conversation) {
	t.Helper()
	preface := []byte(http2.ClientPreface)
	require.True(t, bytes.HasPrefix(said, preface))
	framer := http2.NewFramer(io.Discard, bytes.NewReader(said[len(preface):]))
	framer.ReadMetaHeaders = hpack.NewDecoder(1<<16, nil)
	streams := map[uint32][]byte{}
	for {
		frame, err := framer.ReadFrame()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		require.NoError(t, err)
		switch f := frame.(type) {
		case *http2.MetaHeadersFrame:
			for _, h := range f.Fields {
				c.headers = append(c.headers, (h.Name + ": " + h.Value + "\n")...)
			}
		case *http2.DataFrame:
			streams[f.StreamID] = append(streams[f.StreamID], f.Data()...)
		}
	}
	for _, body := range streams {
		for len(body) >= 5 {
			size := int(binary.BigEndian.Uint32(body[1:]))
			if len(body) < 5+size {
				break // cut off
			}
			message := body[5 : 5+size]
			if body[0] == 1 {
				message = unzstd(t, message)
			}
			c.messages = append(c.messages, message)
			body = body[5+size:]
		}
	}
	return c
}

func unzstd(t *testing.T, b []byte) []byte {
	t.Helper()
	d, err := zstd.NewReader(nil)
	require.NoError(t, err)
	defer d.Close()
	plain, err := d.DecodeAll(b, nil)
	require.NoError(t, err)
	return plain
}

// findsAny returns the values that stand in the haystack: as they are in any
// case, or as base64, hexadecimal or URL-encoded text.
func findsAny(haystack []byte, values []string) (found []string) {
	lower := bytes.ToLower(haystack)
	for _, v := range values {
		// Two bytes less at each end: base64 of a value within a text shifts.
		for _, form := range []string{
			v, hex.EncodeToString([]byte(v)), url.QueryEscape(v), url.PathEscape(v),
			base64.RawStdEncoding.EncodeToString([]byte(v)), base64.RawURLEncoding.EncodeToString([]byte(v)),
		} {
			if bytes.Contains(lower, bytes.ToLower([]byte(form))) {
				found = append(found, v)
				break
			}
		}
	}
	return found
}
