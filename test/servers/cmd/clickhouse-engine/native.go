package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/ClickHouse/ch-go/proto"
)

// nativeFor rewrites blocks of the Native format, which the library writes as
// for a client that names no protocol version, to the form that a client of
// the given version (client_protocol_version) reads: a block information and,
// at each column, the kind of its serialization.
func nativeFor(version int, blocks []byte) ([]byte, error) {
	if !proto.FeatureBlockInfo.In(version) || len(blocks) == 0 {
		return blocks, nil
	}
	r := proto.NewReader(bytes.NewReader(blocks))
	var out proto.Buffer
	for {
		columns, err := r.Int()
		if errors.Is(err, io.EOF) {
			return out.Buf, nil
		}
		if err != nil {
			return nil, fmt.Errorf("native: columns: %w", err)
		}
		rows, err := r.Int()
		if err != nil {
			return nil, fmt.Errorf("native: rows: %w", err)
		}
		proto.Block{Info: proto.BlockInfo{BucketNum: -1}, Columns: columns, Rows: rows}.EncodeAware(&out, version)
		for range columns {
			if err := copyColumn(&out, version, r, rows); err != nil {
				return nil, fmt.Errorf("native: %w", err)
			}
		}
	}
}

// copyColumn decodes a column to find its end, and encodes it again.
func copyColumn(out *proto.Buffer, version int, r *proto.Reader, rows int) error {
	name, err := r.Str()
	if err != nil {
		return fmt.Errorf("name of a column: %w", err)
	}
	kind, err := r.Str()
	if err != nil {
		return fmt.Errorf("type of column %s: %w", name, err)
	}
	out.PutString(name)
	out.PutString(kind)
	if proto.FeatureCustomSerialization.In(version) {
		out.PutBool(false) // the default one
	}
	if rows == 0 {
		return nil
	}
	var column proto.ColAuto
	if err := column.Infer(proto.ColumnType(kind)); err != nil {
		return fmt.Errorf("column %s: %w", name, err)
	}
	if s, ok := column.Data.(proto.StateDecoder); ok {
		if err := s.DecodeState(r); err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
	}
	if err := column.DecodeColumn(r, rows); err != nil {
		return fmt.Errorf("column %s: %w", name, err)
	}
	if p, ok := column.Data.(proto.Preparable); ok {
		if err := p.Prepare(); err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
	}
	if s, ok := column.Data.(proto.StateEncoder); ok {
		s.EncodeState(out)
	}
	column.EncodeColumn(out)
	return nil
}
