package main

import (
	"bytes"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
	"github.com/stretchr/testify/require"
)

// What the library writes for a client without a version is read by one with.
func TestNativeForClientVersion(t *testing.T) {
	var names proto.ColStr
	names.AppendArr([]string{"a", "b", "a"})
	kinds := new(proto.ColStr).LowCardinality()
	kinds.AppendArr([]string{"x", "x", "y"})
	counts := proto.ColUInt32{7, 8, 9}
	var from proto.Buffer
	block := proto.Block{Columns: 3, Rows: 3}
	for range 2 { // a result may have several
		require.NoError(t, block.EncodeBlock(&from, 0, []proto.InputColumn{
			{Name: "name", Data: &names}, {Name: "kind", Data: kinds}, {Name: "count", Data: &counts},
		}))
	}
	for _, version := range []int{0, 51903, 54460} {
		got, err := nativeFor(version, from.Buf)
		require.NoError(t, err)
		r := proto.NewReader(bytes.NewReader(got))
		for range 2 {
			var results proto.Results
			var b proto.Block
			require.NoError(t, b.DecodeBlock(r, version, results.Auto()))
			require.Equal(t, 3, b.Rows)
			require.Equal(t, "b", results[0].Data.(*proto.ColStr).Row(1))
			require.Equal(t, "y", results[1].Data.(*proto.ColLowCardinality[string]).Row(2))
			require.Equal(t, counts, *results[2].Data.(*proto.ColUInt32))
		}
		_, err = r.ReadByte()
		require.Error(t, err, "nothing follows")
	}
	_, err := nativeFor(54460, from.Buf[:len(from.Buf)-1])
	require.ErrorContains(t, err, "column count")
}

func TestReadStatement(t *testing.T) {
	native := []byte{1, 1, '1', '\n', 0}
	for name, c := range map[string]struct {
		query, body     string
		statement, rows string
	}{
		"all in the body":           {"", "SELECT 1", "SELECT 1", ""},
		"all in the query":          {"SELECT 1", "", "SELECT 1\n", ""},
		"rows in the body":          {"INSERT INTO a.b (\n c,\n d\n) FORMAT Native", string(native), "INSERT INTO a.b (\n c,\n d\n) FORMAT Native", string(native)},
		"rows behind the statement": {"", "INSERT INTO a FORMAT TabSeparated\n1\n2\n", "INSERT INTO a FORMAT TabSeparated\n", "1\n2\n"},
		"statement in both":         {"INSERT INTO a", "FORMAT TabSeparated\n1\n", "INSERT INTO a\nFORMAT TabSeparated\n", "1\n"},
		"values in the statement":   {"", "INSERT INTO a VALUES (1)", "INSERT INTO a VALUES (1)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, compressed := range []bool{false, true} {
				q, body := url.Values{"query": {c.query}}, []byte(c.body)
				if compressed {
					w := compress.NewWriter(compress.LevelZero, compress.LZ4)
					require.NoError(t, w.Compress(body))
					body = w.Data
					q.Set("decompress", "1")
				}
				statement, rows, err := readStatement(httptest.NewRequest("POST", "/", bytes.NewReader(body)), q)
				require.NoError(t, err)
				require.Equal(t, c.statement, string(statement))
				require.Equal(t, c.rows, string(rows))
			}
		})
	}
}
