package search

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const secret = "Wilhelmina.Quornfax@example.org"

func find(b []byte) Report {
	s := New([]Needle{{Value: secret, Type: "EMAIL"}})
	s.Bytes("test", b)
	return s.Report()
}

func compress(t *testing.T, b []byte, open func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var out bytes.Buffer
	w := open(&out)
	_, err := w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func gz(w io.Writer) io.WriteCloser     { return gzip.NewWriter(w) }
func zl(w io.Writer) io.WriteCloser     { return zlib.NewWriter(w) }
func framed(w io.Writer) io.WriteCloser { return snappy.NewBufferedWriter(w) }
func zs(w io.Writer) io.WriteCloser {
	e, err := zstd.NewWriter(w, zstd.WithEncoderCRC(true))
	if err != nil {
		panic(err)
	}
	return e
}

func escapeAll(s string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, `\u%04x`, r)
	}
	return b.String()
}

func percentAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

func surrounded(b []byte) []byte {
	return append(append([]byte("\x00\x01\x02, {\"prefix\": "), b...), " end"...)
}

func TestEveryEncodingIsUndone(t *testing.T) {
	text := []byte(`{"email":"` + secret + `","more":"` + strings.Repeat("x y z ", 40) + `"}`)
	quoted, err := json.Marshal(string(text))
	require.NoError(t, err)
	std := base64.StdEncoding.EncodeToString
	cases := map[string][]byte{
		"open":            text,
		"upper":           bytes.ToUpper(text),
		"gzip":            surrounded(compress(t, text, gz)),
		"zlib":            compress(t, text, zl),
		"zstd":            surrounded(compress(t, text, zs)),
		"snappy framed":   surrounded(compress(t, text, framed)),
		"snappy block":    snappy.Encode(nil, text),
		"base64":          surrounded([]byte(std(text))),
		"base64 url":      surrounded([]byte(base64.URLEncoding.EncodeToString([]byte("\xff\xfe??>>" + secret)))),
		"base64 shift 1":  []byte("x" + std(text)),
		"base64 shift 2":  []byte("xy" + std(text)),
		"base64 shift 3":  []byte("xyz" + std(text)),
		"base64 bare":     []byte(`"` + base64.RawStdEncoding.EncodeToString([]byte(secret)) + `"`),
		"hex":             surrounded([]byte(hex.EncodeToString(text))),
		"hex odd":         []byte("a" + strings.ToUpper(hex.EncodeToString(text))),
		"json escapes":    []byte(`{"a":"` + escapeAll(secret) + `"}`),
		"json at sign":    []byte(`"` + strings.Replace(secret, "@", `\u0040`, 1) + `"`),
		"json slash":      []byte(`"` + strings.Replace(secret, ".", `\.`, 1) + `"`),
		"percent":         []byte("?email=" + url.QueryEscape(secret)),
		"percent all":     []byte("?email=" + percentAll(secret)),
		"percent twice":   []byte("?email=" + url.QueryEscape(url.QueryEscape(secret))),
		"json in json":    quoted,
		"base64 of gzip":  []byte(`"` + std(compress(t, text, gz)) + `"`),
		"base64 of snapy": []byte(`"` + std(snappy.Encode(nil, text)) + `"`),
		"zstd of base64 of gzip of json": compress(t,
			[]byte(`"`+std(compress(t, []byte(escapeAll(secret)), gz))+`"`), zs),
		"protobuf": append([]byte{0x0a, byte(len(secret))}, secret...),
	}
	for name, b := range cases {
		t.Run(name, func(t *testing.T) {
			r := find(b)
			assert.Equal(t, 1, r.Found)
			assert.Equal(t, map[string]int{"EMAIL": 1}, r.ByType)
			assert.Empty(t, r.Incomplete)
			require.NotEmpty(t, r.Hits)
			assert.NotContains(t, r.Hits[0].String(), secret)
			gone := bytes.ReplaceAll(text, []byte(secret), []byte("w***@example.org"))
			assert.Zero(t, find(gone).Found)
		})
	}
}

func TestManyFramesWithLengthsBetween(t *testing.T) {
	var file []byte
	for i := range 50 {
		value := fmt.Sprintf("nothing to see in %d", i)
		if i == 37 {
			value = secret
		}
		frame := compress(t, []byte(value), zs)
		file = append(file, 0, 0, 0, byte(len(frame)))
		file = append(file, frame...)
	}
	assert.Equal(t, 1, find(file).Found)
}

func TestStreamCutShortGivesItsBeginning(t *testing.T) {
	var noise strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&noise, "%x", i*i)
	}
	whole := compress(t, []byte(secret+noise.String()), gz)
	assert.Equal(t, 1, find(whole[:len(whole)/2]).Found)
}

func TestShortNumbersStandAlone(t *testing.T) {
	s := New([]Needle{{Value: "123456789", Type: "US_SSN"}})
	s.Bytes("t", []byte(`{"time":"1763712345678912345678900"}`))
	assert.Zero(t, s.Report().Found)
	s.Bytes("t", []byte(`{"ssn":123456789}`))
	assert.Equal(t, 1, s.Report().Found)
}

func TestCardDigitsAreFoundInsideLongerOnes(t *testing.T) {
	s := New([]Needle{{Value: "4111111111111111", Type: "PAYMENT_CARD"}})
	s.Bytes("t", []byte("94111111111111111000"))
	assert.Equal(t, 1, s.Report().Found)
}

func TestBombIsIncompleteNotClean(t *testing.T) {
	for name, codec := range map[string]func(io.Writer) io.WriteCloser{"gzip": gz, "zstd": zs, "snappy": framed} {
		s := New([]Needle{{Value: secret, Type: "EMAIL"}})
		s.maxOut = 1000
		s.Bytes("t", compress(t, append(make([]byte, 1<<20), secret...), codec))
		r := s.Report()
		require.NotEmpty(t, r.Incomplete, name)
		assert.Contains(t, r.Incomplete[0], name)
	}
}

func TestDirSearchesFilesAndNames(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a", "b", "x.zst"), compress(t, []byte("one "+secret), zs), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "second-value"), nil, 0o600))
	s := New([]Needle{{Value: secret, Type: "EMAIL"}, {Value: "Second-Value", Type: "PASSWORD"}})
	require.NoError(t, s.Dir(dir))
	r := s.Report()
	assert.Equal(t, 2, r.Found)
	assert.Equal(t, 2, r.Sources)
	require.Error(t, New(nil).Dir(filepath.Join(dir, "absent")))
}
