package run

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"go.uber.org/zap/zapcore"

	"github.com/weir-telemetry/weir/internal/datatype"
	"github.com/weir-telemetry/weir/internal/detect"
	"github.com/weir-telemetry/weir/internal/redact"
)

// cleaner replaces what the detection engine finds in text. It is safe for
// concurrent use; text without findings costs no allocation.
type cleaner struct {
	engine *detect.Engine
	policy *redact.Policy
	work   sync.Pool // of *workspace
}

type workspace struct {
	found detect.Result
	text  []byte
}

// keepText is the largest buffer that goes back into the pool.
const keepText = 64 << 10

func newCleaner() (*cleaner, error) {
	e, err := detect.New(detect.Options{})
	if err != nil {
		return nil, fmt.Errorf("build the detection engine of the log: %w", err)
	}
	p, err := redact.New(redact.Rules{})
	if err != nil {
		return nil, fmt.Errorf("build the redaction of the log: %w", err)
	}
	return &cleaner{engine: e, policy: p, work: sync.Pool{New: func() any { return new(workspace) }}}, nil
}

// text replaces findings; the same string comes back when there are none. key
// is what the text is called, "" when it has no name.
func (c *cleaner) text(key, s string) string {
	if s == "" {
		return s
	}
	w := c.work.Get().(*workspace)
	w.found.Reset()
	w.text = append(w.text[:0], s...)
	c.engine.Value(&w.found, w.text, detect.Input{Key: key})
	w.found.Findings = slices.DeleteFunc(w.found.Findings, func(f detect.Finding) bool {
		return f.Type == datatype.IPAddress && isLoopback(w.text[f.Start:f.End])
	})
	if len(w.found.Findings) > 0 {
		s = string(c.policy.Append(nil, w.text, &w.found))
	}
	if cap(w.text) <= keepText {
		c.work.Put(w)
	}
	return s
}

// isLoopback holds for this machine's own name for itself, which an operator
// needs to read where a listener stands.
func isLoopback(address []byte) bool {
	a, err := netip.ParseAddr(string(address))
	return err == nil && a.IsLoopback()
}

// fields returns what is written in place of in, which stays as it is; it is in
// itself when nothing has to change.
func (c *cleaner) fields(in []zapcore.Field) []zapcore.Field {
	out := in
	for i := range in {
		f, changed := c.field(in[i])
		if !changed {
			continue
		}
		if &out[0] == &in[0] {
			out = append([]zapcore.Field(nil), in...)
		}
		out[i] = f
	}
	return out
}

// field cleans a string at once. Whatever prints itself is wrapped, and cleaned
// while the encoder asks for its parts, so that it keeps its structure.
func (c *cleaner) field(f zapcore.Field) (out zapcore.Field, changed bool) {
	switch f.Type {
	case zapcore.StringType:
		s := c.text(f.Key, f.String)
		if len(s) == len(f.String) && s == f.String {
			return f, false
		}
		f.String = s
		return f, true
	case zapcore.ErrorType, zapcore.StringerType, zapcore.ByteStringType, zapcore.BinaryType, zapcore.ReflectType,
		zapcore.ObjectMarshalerType, zapcore.InlineMarshalerType, zapcore.ArrayMarshalerType:
		if _, isContext := f.Interface.(context.Context); isContext {
			return f, false // the bridge to OpenTelemetry reads the trace from it
		}
		return zapcore.Field{Key: f.Key, Type: zapcore.InlineMarshalerType, Interface: wrapped{c, f}}, true
	}
	return f, false // numbers, times, durations, booleans, namespaces
}

// wrapped is a field that is cleaned when it is encoded.
type wrapped struct {
	clean *cleaner
	field zapcore.Field
}

// MarshalLogObject adds the field to where it stands, not below a key.
func (w wrapped) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	defer func() {
		if recover() != nil { // its own methods are at fault; the line must not be lost
			enc.AddString(w.field.Key, unprintable)
		}
	}()
	w.field.AddTo(objectEncoder{enc, w.clean})
	return nil
}

const unprintable = "(not printable)"
