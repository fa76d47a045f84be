package clickhouseexporter

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
)

const (
	// frameSize is how many bytes of a block go into one compressed frame:
	// the size the server itself uses.
	frameSize = 1 << 20

	// maxPooledBytes and maxPooledScratch bound what a pooled buffer keeps.
	maxPooledBytes   = 64 << 20
	maxPooledScratch = 1 << 20
)

// batch is the columns of one signal; reset makes it ready for the next.
type batch interface {
	columns() []proto.InputColumn
	rows() int
	// timed tells that a row bears a time, so that equal content means the
	// same rows and not just rows that look alike.
	timed() bool
	reset()
}

// encoder turns the columns of a batch into the body of an INSERT. It is
// used by one goroutine at a time.
type encoder struct {
	raw  proto.Buffer
	wire []byte
	comp *compress.Writer // nil: not compressed
}

func newEncoder(compression string) *encoder {
	switch compression {
	case compressionLZ4:
		return &encoder{comp: compress.NewWriter(compress.LevelZero, compress.LZ4)}
	case compressionZSTD:
		return &encoder{comp: compress.NewWriter(compress.LevelZero, compress.ZSTD)}
	default:
		return &encoder{}
	}
}

// encode returns the body, owned by the encoder and good until its next use,
// and the deduplication token, a digest of the rows.
func (e *encoder) encode(b batch) (body []byte, token string, err error) {
	cols := b.columns()
	e.raw.Reset()
	block := proto.Block{Columns: len(cols), Rows: b.rows()}
	// Revision 0 is what the HTTP interface reads: no block info, no
	// serialization kinds.
	if err := block.EncodeRawBlock(&e.raw, 0, cols); err != nil {
		return nil, "", fmt.Errorf("encode block: %w", err)
	}
	if b.timed() {
		sum := sha256.Sum256(e.raw.Buf)
		token = hex.EncodeToString(sum[:16])
	}
	if e.comp == nil {
		return e.raw.Buf, token, nil
	}
	e.wire = e.wire[:0]
	for rest := e.raw.Buf; len(rest) > 0; {
		n := min(len(rest), frameSize)
		if err := e.comp.Compress(rest[:n]); err != nil {
			return nil, "", fmt.Errorf("compress block: %w", err)
		}
		e.wire = append(e.wire, e.comp.Data...)
		rest = rest[n:]
	}
	return e.wire, token, nil
}

// work is what encoding one batch needs, kept between batches.
type work[B batch] struct {
	batch B
	enc   *encoder
}

// workPool hands out work; its zero value is not usable.
type workPool[B batch] struct{ pool sync.Pool }

func newWorkPool[B batch](newBatch func() B, compression string) *workPool[B] {
	return &workPool[B]{pool: sync.Pool{New: func() any {
		return &work[B]{batch: newBatch(), enc: newEncoder(compression)}
	}}}
}

func (p *workPool[B]) get() *work[B] { return p.pool.Get().(*work[B]) }

// put takes w back. One that grew beyond reason is left to the collector.
func (p *workPool[B]) put(w *work[B]) {
	if cap(w.enc.raw.Buf) > maxPooledBytes {
		return
	}
	w.batch.reset()
	p.pool.Put(w)
}
