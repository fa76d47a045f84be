package run

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"go.uber.org/zap/zapcore"
)

// objectEncoder cleans what is added on its way to another encoder; all that
// isn't text goes through as it is.
type objectEncoder struct {
	zapcore.ObjectEncoder
	clean *cleaner
}

func (e objectEncoder) AddString(key, v string) {
	e.ObjectEncoder.AddString(key, e.clean.text(key, v))
}

func (e objectEncoder) AddByteString(key string, v []byte) {
	e.ObjectEncoder.AddByteString(key, e.clean.bytes(key, v))
}

func (e objectEncoder) AddBinary(key string, v []byte) {
	e.ObjectEncoder.AddBinary(key, e.clean.bytes(key, v))
}

func (e objectEncoder) AddReflected(key string, v any) error {
	return e.ObjectEncoder.AddReflected(key, e.clean.reflected(key, v))
}

func (e objectEncoder) AddObject(key string, v zapcore.ObjectMarshaler) error {
	return e.ObjectEncoder.AddObject(key, cleanObject{v, e.clean})
}

func (e objectEncoder) AddArray(key string, v zapcore.ArrayMarshaler) error {
	return e.ObjectEncoder.AddArray(key, cleanArray{v, e.clean, key})
}

type cleanObject struct {
	zapcore.ObjectMarshaler
	clean *cleaner
}

func (o cleanObject) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	return o.ObjectMarshaler.MarshalLogObject(objectEncoder{enc, o.clean})
}

type cleanArray struct {
	zapcore.ArrayMarshaler
	clean *cleaner
	key   string
}

func (a cleanArray) MarshalLogArray(enc zapcore.ArrayEncoder) error {
	return a.ArrayMarshaler.MarshalLogArray(arrayEncoder{enc, a.clean, a.key})
}

// arrayEncoder is the same for elements, which bear the name of their array.
type arrayEncoder struct {
	zapcore.ArrayEncoder
	clean *cleaner
	key   string
}

func (e arrayEncoder) AppendString(v string) { e.ArrayEncoder.AppendString(e.clean.text(e.key, v)) }

func (e arrayEncoder) AppendByteString(v []byte) {
	e.ArrayEncoder.AppendByteString(e.clean.bytes(e.key, v))
}

func (e arrayEncoder) AppendReflected(v any) error {
	return e.ArrayEncoder.AppendReflected(e.clean.reflected(e.key, v))
}

func (e arrayEncoder) AppendObject(v zapcore.ObjectMarshaler) error {
	return e.ArrayEncoder.AppendObject(cleanObject{v, e.clean})
}

func (e arrayEncoder) AppendArray(v zapcore.ArrayMarshaler) error {
	return e.ArrayEncoder.AppendArray(cleanArray{v, e.clean, e.key})
}

// bytes looks into bytes that hold text.
func (c *cleaner) bytes(key string, b []byte) []byte {
	if !utf8.Valid(b) {
		return b
	}
	s := string(b)
	if out := c.text(key, s); out != s {
		return []byte(out)
	}
	return b
}

// reflected looks at a value as JSON, the form it would be written in. The value
// itself comes back when nothing is found, else what JSON makes of it.
func (c *cleaner) reflected(key string, v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return unprintable
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var tree any
	if d.Decode(&tree) != nil {
		return unprintable
	}
	if tree, changed := c.tree(key, tree); changed {
		return tree
	}
	return v
}

// tree cleans decoded JSON in place, keys of maps included.
func (c *cleaner) tree(key string, v any) (out any, changed bool) {
	switch v := v.(type) {
	case string:
		s := c.text(key, v)
		return s, s != v
	case []any:
		for i := range v {
			var did bool
			v[i], did = c.tree(key, v[i])
			changed = changed || did
		}
	case map[string]any:
		for k, x := range v {
			x, did := c.tree(k, x)
			name := c.text("", k)
			if name != k {
				delete(v, k)
			}
			if did || name != k {
				v[name], changed = x, true
			}
		}
	}
	return v, changed
}
