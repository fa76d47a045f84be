package symptom

import (
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"strings"
)

// The state: a line that names the version, a checksum, the time, open
// symptoms with their monitors and baselines. Series are not kept: the first
// point after a restart counts from where it stands.
const stateHeader = "weir symptoms 1\n"

// ErrState says that a state can't be used; the engine is empty then.
var ErrState = errors.New("the state of symptoms can't be used")

// AppendState appends the engine's state to dst.
func (e *Engine) AppendState(dst []byte) []byte {
	c := &coder{}
	c.u32(&e.now)
	n := uint32(e.monitors.n) // #nosec G115 -- bounded
	c.u32(&n)
	e.monitors.all(func(i uint32) {
		m := e.allMonitors.at(i)
		c.u64(&m.hash)
		code, print := m.rule.entry.Code, m.rule.print
		c.text(&code)
		c.u64(&print)
		m.code(c)
		body := &coder{}
		m.det.code(body)
		size := uint32(len(body.b)) // #nosec G115 -- some KB
		c.u32(&size)
		c.b = append(c.b, body.b...)
	})
	n = uint32(len(e.open)) // #nosec G115 -- bounded
	c.u32(&n)
	for key, o := range e.open {
		key.code(c)
		o.code(c)
	}
	return append(dst, seal(c.b)...)
}

// seal puts header and checksum before a body.
func seal(body []byte) []byte {
	head := &coder{b: []byte(stateHeader)}
	sum := crc32.ChecksumIEEE(body)
	head.u32(&sum)
	return append(head.b, body...)
}

// Restore takes a state in, in place of the engine's own. Monitors whose entry
// is gone or has other settings begin anew. On an error the engine is empty.
func (e *Engine) Restore(b []byte) (err error) {
	e.reset()
	defer func() {
		if err != nil {
			e.reset()
			e.now, e.begin = 0, 0
		}
	}()
	rest, ok := strings.CutPrefix(string(b), stateHeader)
	if !ok {
		return fmt.Errorf("%w: another version or not a state", ErrState)
	}
	c := &coder{b: []byte(rest), read: true}
	var sum uint32
	c.u32(&sum)
	if c.err != nil || crc32.ChecksumIEEE(c.b) != sum {
		return fmt.Errorf("%w: its checksum is wrong", ErrState)
	}
	if err := e.read(c); err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	return nil
}

func (e *Engine) read(c *coder) error {
	rules := map[string]*rule{}
	for _, r := range e.rules {
		rules[r.entry.Code] = r
	}
	var then, n uint32
	c.u32(&then)
	c.u32(&n)
	for range n {
		if c.err != nil {
			return c.err
		}
		var key, print uint64
		var code string
		c.u64(&key)
		c.text(&code)
		c.u64(&print)
		m := monitor{}
		who := m.decode(c)
		var size uint32
		c.u32(&size)
		body := c.take(int(min(size, math.MaxInt32)))
		if c.err != nil {
			return c.err
		}
		r := rules[code]
		if r == nil || r.print != print || e.monitors.n >= e.opt.MaxSeries {
			continue
		}
		m.rule, m.det = r, newDetector(r)
		d := &coder{b: body, read: true}
		if m.det.code(d); d.err != nil || len(d.b) != 0 {
			return errors.New("a detector has another shape")
		}
		if _, twice := e.monitors.find(key); twice {
			return errors.New("a monitor is in it twice")
		}
		e.adopt(key, m, who)
	}
	return e.readOpen(c)
}

// adopt takes a read monitor in.
func (e *Engine) adopt(key uint64, read monitor, who owned) {
	i := e.allMonitors.take()
	m := e.allMonitors.at(i)
	*m = read
	m.entity = e.entity(who.entity, who.owner)
	if !who.peer.IsZero() {
		m.peer = e.entity(who.peer, who.peer)
	}
	m.hash = key
	e.monitors.add(i)
	if m.rule.entry.Detector.Kind == "absence" {
		e.absence[m] = struct{}{}
	}
	if m.phase == active {
		e.active[m] = struct{}{}
	}
}

func (e *Engine) readOpen(c *coder) error {
	held := map[occurrenceKey]int{}
	for m := range e.active {
		held[m.key()]++
	}
	var n uint32
	c.u32(&n)
	for range n {
		var rule uint64
		var who, peer Entity
		o := &occurrence{}
		c.u64(&rule)
		c.entity(&who)
		c.entity(&peer)
		o.code(c)
		if c.err != nil {
			return c.err
		}
		key := occurrenceKey{rule: rule, entity: e.entity(who, who)}
		if !peer.IsZero() {
			key.peer = e.entity(peer, peer)
		}
		o.monitors = held[key]
		if o.monitors > 0 {
			key.entity.workload.active++
		}
		e.open[key] = o
	}
	if c.err == nil && len(c.b) != 0 {
		return errors.New("something is behind its end")
	}
	for m := range e.active {
		if e.open[m.key()] == nil {
			return errors.New("an open symptom is not listed")
		}
	}
	return c.err
}

// owned are the names in a written monitor.
type owned struct{ entity, peer, owner Entity }

func (m *monitor) code(c *coder) {
	who := owned{entity: m.entity.Entity, owner: m.entity.workload.Entity}
	if m.peer != nil {
		who.peer = m.peer.Entity
	}
	m.fields(c, &who)
}

func (m *monitor) decode(c *coder) (who owned) {
	m.fields(c, &who)
	if m.phase > active || m.state > bad {
		c.err = errors.New("a monitor is in no known phase")
	}
	return who
}

func (m *monitor) fields(c *coder, who *owned) {
	c.entity(&who.entity)
	c.entity(&who.peer)
	c.entity(&who.owner)
	for _, p := range []*uint32{&m.last, &m.seen, &m.since, &m.okSince, &m.samples, &m.gateAt} {
		c.u32(p)
	}
	for _, p := range []*float32{&m.interval, &m.value, &m.baseline, &m.threshold} {
		c.f32(p)
	}
	c.u8((*uint8)(&m.phase))
	c.u8((*uint8)(&m.state))
	c.truth(&m.gate)
	c.truth(&m.hasBaseline)
}

func (k occurrenceKey) code(c *coder) {
	var peer Entity
	if k.peer != nil {
		peer = k.peer.Entity
	}
	c.u64(&k.rule)
	c.entity(&k.entity.Entity)
	c.entity(&peer)
}

func (o *occurrence) code(c *coder) {
	c.u32(&o.started)
	c.u32(&o.round)
	c.u32(&o.onset)
}
