package symptom

import (
	"encoding/binary"
	"errors"
	"math"
)

var errShort = errors.New("the state is cut off")

// coder writes values to, or reads them from, bytes; one function says the
// order for both ways.
type coder struct {
	b    []byte
	read bool
	err  error
}

func (c *coder) take(n int) []byte {
	if c.err != nil || len(c.b) < n {
		c.err = errShort
		return nil
	}
	v := c.b[:n]
	c.b = c.b[n:]
	return v
}

func (c *coder) u8(v *uint8) {
	if !c.read {
		c.b = append(c.b, *v)
	} else if b := c.take(1); b != nil {
		*v = b[0]
	}
}

func (c *coder) truth(v *bool) {
	var n uint8
	if *v {
		n = 1
	}
	c.u8(&n)
	*v = n == 1
}

func (c *coder) u16(v *uint16) {
	if !c.read {
		c.b = binary.LittleEndian.AppendUint16(c.b, *v)
	} else if b := c.take(2); b != nil {
		*v = binary.LittleEndian.Uint16(b)
	}
}

func (c *coder) u32(v *uint32) {
	if !c.read {
		c.b = binary.LittleEndian.AppendUint32(c.b, *v)
	} else if b := c.take(4); b != nil {
		*v = binary.LittleEndian.Uint32(b)
	}
}

func (c *coder) u64(v *uint64) {
	if !c.read {
		c.b = binary.LittleEndian.AppendUint64(c.b, *v)
	} else if b := c.take(8); b != nil {
		*v = binary.LittleEndian.Uint64(b)
	}
}

func (c *coder) f32(v *float32) {
	n := math.Float32bits(*v)
	c.u32(&n)
	*v = math.Float32frombits(n)
}

func (c *coder) f64(v *float64) {
	n := math.Float64bits(*v)
	c.u64(&n)
	*v = math.Float64frombits(n)
}

func (c *coder) text(v *string) {
	n := uint16(min(len(*v), math.MaxUint16)) // #nosec G115 -- bounded
	c.u16(&n)
	if !c.read {
		c.b = append(c.b, (*v)[:n]...)
	} else if b := c.take(int(n)); b != nil {
		*v = string(b)
	}
}

func (c *coder) entity(e *Entity) {
	c.text(&e.Type)
	c.text(&e.Namespace)
	c.text(&e.Name)
}

func codeSpan(c *coder, s *span[float32]) {
	low, n := uint32(s.low), uint16(len(s.c)) // #nosec G115 -- below 320
	c.u32(&low)
	c.u16(&n)
	if c.read {
		if n > logSpan || low+uint32(n) > logBuckets {
			c.err = errShort
			return
		}
		s.low, s.c = int32(low), make([]float32, n) // #nosec G115 -- checked
	}
	for i := range s.c {
		c.f32(&s.c[i])
	}
}
