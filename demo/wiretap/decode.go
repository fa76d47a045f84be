package wiretap

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// decode reads one direction of an HTTP/2 connection and writes its header
// fields in plain text and its gRPC messages decompressed. It returns the
// number of messages. A connection may end anywhere.
func decode(w io.Writer, r io.Reader) (messages int, err error) {
	in := bufio.NewReader(r)
	if start, _ := in.Peek(len(http2.ClientPreface)); bytes.Equal(start, []byte(http2.ClientPreface)) {
		_, _ = in.Discard(len(start)) // it was seen to be there
	}
	frames := http2.NewFramer(nil, in)
	frames.SetMaxReadFrameSize(1<<24 - 1)
	frames.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	streams := map[uint32]*bytes.Buffer{}
	for {
		f, err := frames.ReadFrame()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return messages, nil
		}
		if err != nil {
			return messages, fmt.Errorf("read a frame: %w", err)
		}
		switch f := f.(type) {
		case *http2.MetaHeadersFrame:
			for _, field := range f.Fields {
				if _, err := fmt.Fprintf(w, "%s: %s\n", field.Name, field.Value); err != nil {
					return messages, err
				}
			}
		case *http2.DataFrame:
			b := streams[f.StreamID]
			if b == nil {
				b = &bytes.Buffer{}
				streams[f.StreamID] = b
			}
			b.Write(f.Data())
			n, err := take(w, b)
			messages += n
			if err != nil {
				return messages, err
			}
		}
	}
}

// take writes the whole messages at the beginning of b.
func take(w io.Writer, b *bytes.Buffer) (n int, err error) {
	const prefix = 5 // a flag, the length
	for b.Len() >= prefix {
		size := int(binary.BigEndian.Uint32(b.Bytes()[1:]))
		if b.Len() < prefix+size {
			break
		}
		compressed := b.Next(prefix)[0] == 1
		message := b.Next(size)
		if compressed {
			z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
			if err != nil {
				return n, err
			}
			message, err = z.DecodeAll(message, nil)
			z.Close()
			if err != nil {
				return n, fmt.Errorf("decompress a message: %w", err)
			}
		}
		if _, err := w.Write(append(message, '\n')); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
