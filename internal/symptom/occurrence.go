package symptom

// occurrenceKey tells symptoms apart as events do.
type occurrenceKey struct {
	rule         uint64
	entity, peer *entityInfo
}

// occurrence is a symptom that is open, or was a short while ago.
type occurrence struct {
	monitors int // that hold it open
	started  uint32
	round    uint32 // of the last update
	onset    uint32
}

func (m *monitor) key() occurrenceKey { return occurrenceKey{m.rule.id, m.entity, m.peer} }

// start opens a symptom, unless it is too soon or its workload has too many. In
// that case the monitor stays pending and tries again at its next sample.
func (e *Engine) start(m *monitor, t uint32) {
	o := e.open[m.key()]
	if o != nil && o.monitors > 0 {
		o.monitors++
		e.activate(m)
		return
	}
	if o != nil && t < o.started+m.rule.refractory {
		return
	}
	w := m.entity.workload
	if w.active >= e.opt.MaxActive {
		if !m.suppressed {
			m.suppressed = true
			e.counts.Suppressed++
		}
		return
	}
	w.active++
	e.open[m.key()] = &occurrence{monitors: 1, started: t, round: e.round, onset: m.since}
	e.activate(m)
	e.emit(m, Start, t, m.since)
}

func (e *Engine) activate(m *monitor) {
	m.phase, m.okSince, m.suppressed = active, 0, false
	e.active[m] = struct{}{}
}

// close takes a monitor from its symptom, which ends with its last monitor.
func (e *Engine) close(m *monitor, p Phase, t uint32) {
	m.phase, m.since, m.okSince = idle, 0, 0
	delete(e.active, m)
	o := e.open[m.key()]
	if o == nil {
		return
	}
	if o.monitors--; o.monitors == 0 {
		m.entity.workload.active--
		e.emit(m, p, t, o.onset)
	}
}

func (e *Engine) emit(m *monitor, p Phase, t, onset uint32) {
	entry := m.rule.entry
	ev := Event{
		Code: entry.Code, Severity: entry.Severity, Unit: entry.Unit, Detector: kinds[entry.Detector.Kind].event,
		Phase: p, Entity: m.entity.Entity, Value: float64(m.value), Threshold: float64(m.threshold),
		Baseline: float64(m.baseline), HasBaseline: m.hasBaseline,
		Onset: int64(onset), Time: int64(t), Samples: m.samples,
	}
	if m.peer != nil {
		ev.Peer = m.peer.Entity
	}
	if c := entry.Detector.Critical; c != nil && ((entry.Detector.Below && ev.Value <= *c) || (!entry.Detector.Below && ev.Value >= *c)) {
		ev.Severity = "critical"
	}
	e.events = append(e.events, ev)
}

// tick does what time alone does: absence, expiry, updates, forgetting.
func (e *Engine) tick() {
	for m := range e.absence {
		if m.last == 0 || e.now <= m.last || m.phase == active {
			continue
		}
		d := m.det.(*absent)
		if e.now-m.last >= m.rule.hold && d.points >= absentPoints {
			m.value, m.threshold = float32(e.now-m.last), float32(m.rule.hold)
			m.samples, m.since, m.state = d.points, m.last, bad
			e.start(m, e.now)
			if m.phase != active {
				m.since = 0
			}
		}
	}
	for m := range e.active {
		if m.rule.entry.Detector.Kind == "absence" {
			continue // its silence is the symptom
		}
		if limit := max(3*e.report, uint32(3*m.interval)); e.now > m.last && e.now-m.last > limit {
			m.state = unknown
			e.close(m, Expired, e.now)
		}
	}
	if e.now-e.round >= e.report {
		e.round = e.now
		for m := range e.active {
			if o := e.open[m.key()]; o != nil && o.round != e.round && o.started != e.now {
				o.round = e.round
				if m.rule.entry.Detector.Kind == "absence" {
					m.value = float32(e.now - m.last)
				}
				e.emit(m, Update, e.now, o.onset)
			}
		}
	}
	if e.now-e.swept >= sweepEvery {
		e.sweep()
	}
}

// sweep forgets what has been silent for long.
func (e *Engine) sweep() {
	e.swept = e.now
	used := map[*entityInfo]bool{}
	var gone []uint32
	e.monitors.keep(func(i uint32) bool {
		m := e.allMonitors.at(i)
		idleFor := uint32(monitorIdle)
		switch m.det.(type) {
		case *latency, *shift, *traffic:
			idleFor = learnedIdle
		}
		if m.phase != active && e.now-min(e.now, max(m.seen, e.begin)) > idleFor {
			m.gone = true
			gone = append(gone, i)
			delete(e.absence, m)
			return false
		}
		used[m.entity] = true
		if m.peer != nil {
			used[m.peer] = true
		}
		return true
	})
	workloads := map[*workload]bool{}
	for info := range used {
		workloads[info.workload] = true
	}
	for who, info := range e.entities {
		if !used[info] && !workloads[info.workload] {
			delete(e.entities, who)
		}
	}
	for key, o := range e.open {
		if o.monitors == 0 && e.now > o.started+7*86400 || (o.monitors == 0 && !used[key.entity]) {
			delete(e.open, key)
		}
	}
	// A series whose monitor is gone must find its way again.
	e.series.keep(func(i uint32) bool {
		s := e.allSeries.at(i)
		// Those that nobody reads come back if they are still there.
		keep := e.now-min(e.now, s.last) <= seriesIdle
		s.all(func(tg *target) bool {
			keep = keep && !tg.m.gone
			return keep
		})
		if !keep {
			e.allSeries.give(i)
		}
		return keep
	})
	for _, i := range gone {
		e.allMonitors.give(i)
	}
}

// States counts monitors by what is known of them: unknown, fine, pending and
// active.
func (e *Engine) States() (series int, states map[string]int) {
	states = map[string]int{"unknown": 0, "fine": 0, "pending": 0, "active": 0}
	e.monitors.all(func(i uint32) {
		m := e.allMonitors.at(i)
		switch {
		case m.phase == active:
			states["active"]++
		case m.phase == pending:
			states["pending"]++
		case m.state == stale, m.state == unknown, e.now > m.last+max(3*e.report, uint32(3*m.interval)):
			states["unknown"]++
		default:
			states["fine"]++
		}
	})
	return e.series.n, states
}
