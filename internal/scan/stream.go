package scan

import (
	"bytes"
	"io"

	"github.com/weir-telemetry/weir/internal/detect"
)

const (
	// window is what is held of a file: a document up to this size is parsed
	// as one.
	window = 8 << 20
	// overlap is how much before and behind the place where two windows meet is
	// scanned with both: context for what follows, and room for a finding.
	overlap = 64 << 10
)

// hit is a finding in a file. Value belongs to the stream until emit returns.
type hit struct {
	file         string
	start, end   int64
	line, column int64
	finding      detect.Finding
	path, value  []byte
}

// stream scans a reader window by window in bounded memory.
type stream struct {
	e    *detect.Engine
	r    detect.Result
	file string
	emit func(hit)

	size, overlap int // of windows, in bytes

	base      int64 // offset of the window in the file
	done      int64 // findings that begin before this offset were reported
	line      int64 // of the byte at position at
	at        int64
	lineStart int64
}

func newStream(e *detect.Engine, file string, emit func(hit)) *stream {
	return &stream{e: e, file: file, emit: emit, line: 1, size: window, overlap: overlap}
}

func (s *stream) run(in io.Reader) error {
	buf := make([]byte, 0, min(s.size, 64<<10))
	for {
		var err error
		buf, err = s.fill(in, buf)
		if err != nil && err != io.EOF {
			return err
		}
		if err == io.EOF {
			s.window(buf, true)
			return nil
		}
		keep := s.window(buf, false)
		s.base += int64(keep)
		buf = buf[:copy(buf, buf[keep:])]
	}
}

// fill reads until the window is full or the input ends.
func (s *stream) fill(in io.Reader, buf []byte) ([]byte, error) {
	for len(buf) < s.size {
		if len(buf) == cap(buf) {
			grown := make([]byte, len(buf), min(s.size, 4*cap(buf)))
			copy(grown, buf)
			buf = grown
		}
		n, err := in.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err != nil {
			return buf, err
		}
	}
	return buf, nil
}

// window scans buf, reports what begins before the place where the next window
// takes over, and returns where the next window begins.
func (s *stream) window(buf []byte, eof bool) int {
	s.r.Reset()
	if s.base == 0 || jsonStart(buf) {
		s.e.Value(&s.r, buf, detect.Input{Root: "$", Truncated: !eof})
	} else {
		s.e.Text(&s.r, buf, detect.Input{Root: "$", Truncated: !eof})
	}
	limit := len(buf)
	if !eof {
		limit = s.limit(len(buf))
	}
	for _, f := range s.r.Findings {
		if f.Start >= limit {
			break
		}
		if s.base+int64(f.Start) < s.done {
			continue
		}
		s.report(buf, f)
		s.done = s.base + int64(f.End)
	}
	s.done = max(s.done, s.base+int64(limit))
	s.advance(buf, s.base+int64(limit))
	if eof {
		return limit
	}
	return s.start(buf, limit)
}

// limit is an overlap before the end n of the window, or where a finding begins
// that reaches from before there to the end: the next window may hold it whole.
func (s *stream) limit(n int) int {
	limit := n - s.overlap
	if fs := s.r.Findings; len(fs) > 0 {
		last := fs[len(fs)-1]
		if last.End == n && last.Start < limit && last.Start > n/2 {
			return last.Start
		}
	}
	return limit
}

// start is where the next window begins so that what follows limit has its
// context: at a line if one begins not far before, else an overlap before.
func (s *stream) start(buf []byte, limit int) int {
	from := max(limit-s.overlap, 1)
	if i := bytes.LastIndexByte(buf[from/2:from], '\n'); i >= 0 {
		return from/2 + i + 1
	}
	return from
}

// jsonStart reports whether a window that is not the first begins with a JSON
// document, as windows of JSON lines do.
func jsonStart(buf []byte) bool {
	if len(buf) < 2 || buf[0] != '{' {
		return false
	}
	rest := bytes.TrimLeft(buf[1:min(len(buf), 64)], " \t")
	return len(rest) > 0 && rest[0] == '"'
}

// advance counts lines up to the file offset to.
func (s *stream) advance(buf []byte, to int64) {
	for s.at < to {
		b := buf[s.at-s.base : to-s.base]
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			s.at = to
			return
		}
		s.line++
		s.at += int64(i) + 1
		s.lineStart = s.at
	}
}

func (s *stream) report(buf []byte, f detect.Finding) {
	start := s.base + int64(f.Start)
	s.advance(buf, start)
	s.emit(hit{
		file: s.file, start: start, end: s.base + int64(f.End),
		line: s.line, column: start - s.lineStart + 1,
		finding: f, path: s.r.Path(f), value: buf[f.Start:f.End],
	})
}
