package symptom

// state is what a detector says of an entity.
type state uint8

const (
	stale   state = iota // nothing new since the last verdict
	unknown              // too little was seen
	fine                 // at the clearing level
	between              // neither starts nor ends
	bad                  // at the starting level
)

// verdict of a detector.
type verdict struct {
	state                      state
	onset                      uint32 // when what was judged began; 0 means now
	value, baseline, threshold float64
	hasBaseline                bool
	samples                    uint32
}

// phase of a monitor.
type phase uint8

const (
	idle phase = iota
	pending
	active
)

// monitor follows one entry for one entity and peer. Its size matters: there is
// one for nearly every series.
type monitor struct {
	hash         uint64 // its key in the index
	rule         *rule
	det          detector
	entity, peer *entityInfo
	last, seen   uint32 // time of the last step; of the newest sample
	since        uint32 // start of the abnormal time; onset while active
	// okSince is since when an active one was fine. While it is pending, the
	// same place holds the eighths of seconds that samples stand for.
	okSince     uint32
	interval    float32
	value       float32 // of the last verdict
	baseline    float32
	threshold   float32
	samples     uint32
	gateAt      uint32
	fromAt      [inputs]uint8 // t/32, when the family was last heard
	from        [inputs]uint8 // rank+1 of the family in use
	phase       phase
	state       state
	dirty, gate bool
	hasBaseline bool
	suppressed  bool
	gone        bool // swept
}

// detector holds what an entry's kind needs to know.
type detector interface {
	gauge(r *rule, f *feed, t uint32, v float64)
	count(r *rule, m *monitor, f *feed, in *sample)
	judge(r *rule, m *monitor, t uint32) verdict
	code(c *coder)
}

// admit lets one family of sources at a time feed an input: two exporters that
// report the same thing would count it twice.
func (m *monitor) admit(f *feed, t uint32) bool {
	now := uint8(t >> 5) // #nosec G115 -- compared modulo
	rank := f.from + 1
	switch have := m.from[f.in]; {
	case have == rank:
	case have == 0, rank < have, now-m.fromAt[f.in] > familyStale>>5:
		m.from[f.in] = rank
	default:
		return false
	}
	m.fromAt[f.in] = now
	return true
}

// step moves the state machine on.
func (e *Engine) step(m *monitor, v verdict) {
	t := m.seen
	m.follow(t)
	if v.state == stale {
		return
	}
	m.state = v.state
	if v.state == unknown {
		// Neither a start nor an end may rest on it.
		m.notFine()
		if m.phase == pending {
			m.phase, m.since = idle, 0
		}
		return
	}
	m.value, m.baseline, m.threshold = float32(v.value), float32(v.baseline), float32(v.threshold)
	m.hasBaseline, m.samples = v.hasBaseline, v.samples
	onset := v.onset
	if onset == 0 {
		onset = t
	}
	switch v.state {
	case bad:
		m.notFine()
		e.abnormal(m, t, onset)
	case fine:
		e.normal(m, t, onset)
	default:
		m.notFine()
		if m.phase == pending {
			m.phase, m.since, m.suppressed = idle, 0, false
		}
	}
}

// notFine says that an active symptom goes on.
func (m *monitor) notFine() {
	if m.phase == active {
		m.okSince = 0
	}
}

// follow keeps the interval and what is covered.
func (m *monitor) follow(t uint32) {
	if m.last == 0 || t <= m.last {
		m.last = max(m.last, t)
		return
	}
	d := float32(t - m.last)
	m.last = t
	if m.interval == 0 {
		m.interval = d
	}
	limit := 2.5 * m.interval
	if m.phase == pending {
		m.okSince += uint32(8 * min(d, limit))
	}
	// Nothing that has to hold may hold through a gap.
	if d > max(limit, float32(m.rule.hold)/2) && m.phase == pending {
		m.phase, m.since = idle, 0
	}
	if d > max(limit, float32(m.rule.clearHold)/2) {
		m.notFine()
	}
	if d < m.interval {
		m.interval += (d - m.interval) / 4
	} else {
		m.interval += (min(d, gapFactor*m.interval) - m.interval) / 16
	}
}

// slack lets "two minutes" be met by points whose times are cut to seconds.
func slack(hold uint32) uint32 { return min(2, hold/10) }

func (e *Engine) abnormal(m *monitor, t, onset uint32) {
	if m.phase == active {
		return
	}
	if m.phase == idle {
		m.phase, m.since, m.okSince = pending, onset, 8*(t-min(t, onset))
	}
	held := t - min(t, m.since)
	if held+slack(m.rule.hold) < m.rule.hold || m.okSince < 4*held {
		return
	}
	e.start(m, t)
}

func (e *Engine) normal(m *monitor, t, onset uint32) {
	switch m.phase {
	case pending:
		m.phase, m.since, m.suppressed = idle, 0, false
	case active:
		if m.okSince == 0 {
			m.okSince = onset
		}
		if t-min(t, m.okSince)+slack(m.rule.clearHold) >= m.rule.clearHold {
			e.close(m, End, t)
		}
	}
}
