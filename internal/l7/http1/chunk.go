package http1

import "bytes"

// chunkLine reads the lines between chunks: size, the end of a chunk, trailers.
func (p *Parser) chunkLine(b []byte) int {
	i := bytes.IndexByte(b, '\n')
	n := len(b)
	if i >= 0 {
		n = i + 1
	}
	if len(p.line)+n > maxChunkLine {
		p.fail(ErrMalformed)
		return len(b)
	}
	p.line = append(p.line, b[:n]...)
	p.off += int64(n)
	if i < 0 {
		return n
	}
	whole := len(p.line)
	ln := trimCR(p.line[:whole-1])
	p.line = p.line[:0]
	switch p.st {
	case stChunkEnd:
		if len(ln) != 0 {
			p.fail(ErrMalformed)
			return n
		}
		p.st = stChunkSize
	case stChunkSize:
		size, ok := chunkSize(ln)
		switch {
		case !ok:
			p.fail(ErrMalformed)
		case size == 0:
			p.st, p.trailer = stTrailer, 0
		default:
			p.st, p.left = stChunkData, size
		}
	case stTrailer:
		p.trailer += whole
		if len(ln) == 0 {
			p.finish()
		} else if p.trailer > p.cfg.MaxHeadBytes {
			p.fail(ErrHeadTooLong)
		}
	}
	return n
}

// chunkSize reads a hexadecimal size below 2^60; extensions are skipped.
func chunkSize(ln []byte) (n int64, ok bool) {
	i := 0
	for ; i < len(ln); i++ {
		c := ln[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = (c | 0x20) - 'a' + 10
		default:
			return n, i > 0 && (c == ';' || c == ' ' || c == '\t')
		}
		if n >= 1<<56 {
			return 0, false
		}
		n = n<<4 | int64(c)
	}
	return n, i > 0
}
