package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/multierr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func testCleaner(t testing.TB) *cleaner {
	t.Helper()
	clean, err := newCleaner()
	if err != nil {
		t.Fatal(err)
	}
	return clean
}

// jsonLogger writes JSON lines without a time into the buffer.
func jsonLogger(t testing.TB, level zapcore.Level, wrap bool) (*zap.Logger, *bytes.Buffer, *atomic.Bool) {
	t.Helper()
	cfg := zap.NewProductionEncoderConfig()
	cfg.TimeKey = ""
	out := new(bytes.Buffer)
	fatal := new(atomic.Bool)
	inner := zapcore.NewCore(zapcore.NewJSONEncoder(cfg), zapcore.AddSync(out), level)
	if !wrap {
		return zap.New(inner, zap.AddCaller()), out, fatal
	}
	return zap.New(&core{Core: inner, clean: testCleaner(t), fatal: fatal}, zap.AddCaller()), out, fatal
}

type named string

func (n named) String() string { return string(n) }

// verbose prints more with %+v, as errors with a stack do.
type verbose struct{ error }

func (v verbose) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "%v and more of it", v.error) }

type person struct {
	Mail   string            `json:"mail"`
	Nested map[string]any    `json:"nested"`
	Keys   map[string]string `json:"keys"`
	hidden string
}

// Every way for text to get into a line.
func fieldsWith(v string) []zap.Field {
	object := zapcore.ObjectMarshalerFunc(func(enc zapcore.ObjectEncoder) error {
		enc.AddString("who", v)
		enc.AddByteString("bytes", []byte(v))
		enc.OpenNamespace("deeper")
		_ = enc.AddArray("list", zapcore.ArrayMarshalerFunc(func(a zapcore.ArrayEncoder) error {
			a.AppendString(v)
			a.AppendByteString([]byte(v))
			_ = a.AppendArray(zapcore.ArrayMarshalerFunc(func(a zapcore.ArrayEncoder) error { a.AppendString(v); return nil }))
			_ = a.AppendReflected(map[string]any{"x": v})
			return a.AppendObject(zapcore.ObjectMarshalerFunc(func(enc zapcore.ObjectEncoder) error {
				return enc.AddReflected("y", []string{v})
			}))
		}))
		return nil
	})
	return []zap.Field{
		zap.String("string", v), zap.Stringp("pointer", &v), zap.ByteString("bytes", []byte(v)),
		zap.Error(fmt.Errorf("outer: %w", errors.New("inner "+v))), zap.NamedError("several", multierr.Combine(errors.New(v), errors.New("and "+v))),
		zap.NamedError("stacked", verbose{errors.New(v)}), zap.Errors("errors", []error{errors.New(v)}),
		zap.Stringer("stringer", named(v)), zap.Stringers("stringers", []named{named(v)}), zap.Strings("strings", []string{"a", v}),
		zap.Any("map", map[string]string{"a": v}), zap.Any("keys", map[string]int{v: 1}), zap.Any("struct", person{Mail: v, hidden: v}),
		zap.Any("deep", person{Nested: map[string]any{"a": []any{1, v, map[string]any{"b": v}}}, Keys: map[string]string{v: "x"}}),
		zap.Object("object", object), zap.Inline(object), zap.Dict("resource", zap.String("host", v), zap.Dict("in", zap.String("x", v))),
		zap.Objects("objects", []zapcore.ObjectMarshalerFunc{object}), zap.Reflect("raw", json.RawMessage(`{"a":"`+v+`"}`)),
		zap.Namespace("space"), zap.String("below", v),
	}
}

func TestNothingRawInTheLog(t *testing.T) {
	const mail, token = "jane.roe@example.org", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
	for _, v := range []string{mail, token} {
		l, out, _ := jsonLogger(t, zap.DebugLevel, true)
		l.Named("weir").With(fieldsWith(v)...).Info("about "+v, fieldsWith(v)...)
		l.Error("with a stack", zap.Stack("stack"))
		l.Check(zap.ErrorLevel, "stack").Write()
		text := out.String()
		if strings.Contains(text, v) || strings.Contains(text, v[:8]) {
			t.Fatal(text)
		}
		if strings.Count(text, "\n") != 3 || !strings.Contains(text, `"logger":"weir"`) || !strings.Contains(text, `run_test.go`) {
			t.Fatal("a line, the logger's name or the caller was lost:", text)
		}
		for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
			if !json.Valid([]byte(line)) {
				t.Fatal(line)
			}
		}
	}
}

func TestOrdinaryLinesStayAsTheyAre(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	id := func() string {
		var b [16]byte
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		u, _ := uuid.FromBytes(b[:])
		u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
		return u.String()
	}
	write := func(l *zap.Logger) {
		r = rand.New(rand.NewPCG(1, 2))
		for range 50 {
			l.Info("Starting otelcol...", zap.String("Version", "0.159.0"), zap.Int("NumCPU", 2),
				zap.Dict("resource", zap.String("service.instance.id", id()), zap.String("service.name", "weir"), zap.String("service.version", "0.1.0")))
		}
		l = l.With(zap.String("otelcol.component.id", "otlp/2"), zap.String("otelcol.component.kind", "receiver"), zap.String("otelcol.signal", "logs"))
		l.Info("Starting GRPC server", zap.String("endpoint", "0.0.0.0:4317"), zap.String("endpoint", "127.0.0.1:8888"),
			zap.String("endpoint", "[::]:4318"), zap.String("endpoint", "localhost:55679"), zap.Duration("timeout", 3*time.Second),
			zap.Float64("f", 1e21), zap.Int64("n", 4111111111111111), zap.Time("t", time.Unix(1700000000, 12)), zap.Bool("b", true),
			zap.Strings("files", []string{"/etc/weir/config.yaml", "captures/*.pcapng"}), zap.Any("map", map[string]any{"b": 1, "a": []int{1, 2}}),
			zap.Complex128("c", 1i), zap.Binary("bin", []byte{0xff, 0}), zap.Error(errors.New("listen tcp 127.0.0.1:4317: bind: address already in use")),
			zap.Stringer("nil", (*time.Location)(nil)), zap.Error(nil), zap.NamedError("v", verbose{errors.New("x")}),
			zap.Any("struct", person{Mail: "<none> & co"}), zap.String("html", "<a>&"), zap.Skip(), zap.Namespace("n"), zap.Uintptr("p", 7))
		l.Info("Everything is ready. Begin running and processing data.", zap.String("dropped", "12 items in 3.5s at 2026-11-21T09:41:00Z"))
	}
	plain, want, _ := jsonLogger(t, zap.DebugLevel, false)
	cleaned, got, _ := jsonLogger(t, zap.DebugLevel, true)
	write(plain)
	write(cleaned)
	if got.String() != want.String() {
		a, b := strings.Split(got.String(), "\n"), strings.Split(want.String(), "\n")
		for i := range b {
			if a[i] != b[i] {
				t.Errorf("got  %s\nwant %s", a[i], b[i])
			}
		}
	}
}

// bomb fails in the methods that the log calls.
type bomb struct{}

func (bomb) Error() string                { panic("in Error") }
func (bomb) MarshalJSON() ([]byte, error) { return nil, errors.New("jane.roe@example.org") }
func (bomb) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddInt("before", 1)
	panic("in MarshalLogObject")
}

func TestBrokenFieldsCostNoLine(t *testing.T) {
	l, out, _ := jsonLogger(t, zap.DebugLevel, true)
	l.Info("one", zap.NamedError("bad", bomb{}), zap.Int("n", 1))
	l.Info("two", zap.Object("bad", bomb{}), zap.Reflect("worse", bomb{}), zap.Reflect("fn", func() {}))
	if s := out.String(); strings.Count(s, "\n") != 2 || strings.Contains(s, "jane") || !strings.Contains(s, unprintable) {
		t.Fatal(s)
	}
}

func TestFatalIsSeenBelowTheLevel(t *testing.T) {
	l, out, fatal := jsonLogger(t, zap.FatalLevel, true)
	l.Error("something else")
	if fatal.Load() {
		t.Fatal("not fatal")
	}
	l.Error("Asynchronous error received, terminating process")
	if !fatal.Load() || out.Len() != 0 {
		t.Fatal(fatal.Load(), out)
	}
}

func TestNothingFoundNothingCopied(t *testing.T) {
	c := testCleaner(t)
	in := []zap.Field{zap.String("endpoint", "0.0.0.0:4317"), zap.Int("n", 1), zap.Duration("d", time.Second)}
	if out := c.fields(in); &out[0] != &in[0] {
		t.Fatal("copied")
	}
	before := in[0].String
	in[0].String = "jane.roe@example.org"
	if out := c.fields(in); &out[0] == &in[0] || in[0].String != "jane.roe@example.org" || out[0].String == in[0].String {
		t.Fatal("the caller's fields were changed")
	}
	in[0].String = before
	if n := testing.AllocsPerRun(100, func() { c.fields(in) }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
