package symptom

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Options of an engine.
type Options struct {
	// ReportInterval is the time between updates of an open symptom; 0 means 1 m.
	// After three of them without a sample a symptom expires.
	ReportInterval time.Duration
	// MaxSeries bounds the series, and the monitors, each; 0 means 100,000.
	MaxSeries int
	// MaxActive bounds the open symptoms of a workload; 0 means 20.
	MaxActive int
	// Refractory is the least time between two starts of one symptom of one
	// entity, where its entry says nothing else; 0 means 10 m.
	Refractory time.Duration
}

// Counts of what was not used, since the engine was made.
type Counts struct {
	OutOfOrder  uint64 // points not newer than the one before
	OutOfTime   uint64 // more than 10 m ahead or 1 h behind
	NotNumber   uint64 // NaN and infinities
	NoEntity    uint64 // series about nobody
	SeriesLimit uint64 // points beyond the bound
	Suppressed  uint64 // starts beyond the bound of a workload, each once
}

// How far a sample's time may be from now, how long what is silent is kept.
const (
	maxAhead     = 600
	maxBehind    = 3600
	seriesIdle   = 3600
	monitorIdle  = 3600
	learnedIdle  = 7 * 86400 // baselines live through a weekend of silence
	sweepEvery   = 600
	familyStale  = 300
	gapFactor    = 4
	gateWait     = 120
	minReportGap = 1
)

// Engine judges series. It is not safe for concurrent use.
type Engine struct {
	opt         Options
	report      uint32
	feeds       map[string][]*feed
	rules       []*rule
	series      index
	allSeries   slab[Series]
	monitors    index
	allMonitors slab[monitor]
	active      map[*monitor]struct{}
	absence     map[*monitor]struct{}
	entities    map[uint64]*entityInfo
	open        map[occurrenceKey]*occurrence
	// instances are the pods and processes that were seen, so that a deploy is.
	instances map[uint64]struct{}
	dirty     []*monitor
	events    []Event
	scratch   histScratch

	now, begin, swept, round uint32
	counts                   Counts
}

// entityInfo is one entity, shared by its monitors.
type entityInfo struct {
	Entity
	workload *workload
}

// workload counts its open symptoms.
type workload struct {
	Entity
	active int
}

// New makes an engine for a catalogue.
func New(c *Catalogue, opt Options) (*Engine, error) {
	if opt.ReportInterval <= 0 {
		opt.ReportInterval = time.Minute
	}
	if opt.MaxSeries <= 0 {
		opt.MaxSeries = 100_000
	}
	if opt.MaxActive <= 0 {
		opt.MaxActive = 20
	}
	if opt.Refractory <= 0 {
		opt.Refractory = 10 * time.Minute
	}
	e := &Engine{opt: opt, report: max(minReportGap, seconds(opt.ReportInterval)), feeds: map[string][]*feed{}}
	e.reset()
	for _, entry := range c.entries {
		if entry.Disabled {
			continue
		}
		r := compile(entry, c.overrides, opt.Refractory)
		feeds, err := r.feeds()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Code, err)
		}
		for metric, f := range feeds {
			e.feeds[metric] = append(e.feeds[metric], f...)
		}
		e.rules = append(e.rules, r)
	}
	return e, nil
}

// reset forgets all state.
func (e *Engine) reset() {
	e.allSeries, e.allMonitors = slab[Series]{}, slab[monitor]{}
	e.series = newIndex(func(i uint32) uint64 { return e.allSeries.at(i).hash })
	e.monitors = newIndex(func(i uint32) uint64 { return e.allMonitors.at(i).hash })
	e.active = map[*monitor]struct{}{}
	e.absence = map[*monitor]struct{}{}
	e.entities = map[uint64]*entityInfo{}
	e.open = map[occurrenceKey]*occurrence{}
	e.instances = map[uint64]struct{}{}
	e.dirty = e.dirty[:0]
}

// Wants tells whether any entry reads the metric. It is safe for concurrent use.
func (e *Engine) Wants(metric string) bool { return len(e.feeds[metric]) > 0 }

// Counts of what was not used.
func (e *Engine) Counts() Counts { return e.counts }

// Clock sets the time to which samples are compared. It never goes back.
func (e *Engine) Clock(now time.Time) {
	n := uint32(max(0, min(now.Unix(), math.MaxUint32))) // #nosec G115 -- bounded
	if e.begin == 0 {
		e.begin, e.swept, e.round = n, n, n
	}
	e.now = max(e.now, n)
}

// Series finds a series by its key, a hash of the metric's name and of all
// attributes. It returns nil when Register is to be called. What is returned is
// valid until the next Flush.
func (e *Engine) Series(key uint64) *Series {
	i, ok := e.series.find(key)
	if !ok {
		return nil
	}
	s := e.allSeries.at(i)
	if s.waits && e.now >= s.start+30<<s.tries {
		return nil
	}
	return s
}

// Register makes a series, or looks again for those who read it. It returns nil
// when the bound is reached.
func (e *Engine) Register(key uint64, metric string, l Labels) *Series {
	i, ok := e.series.find(key)
	if !ok {
		if e.series.n >= e.opt.MaxSeries {
			e.counts.SeriesLimit++
			return nil
		}
		i = e.allSeries.take()
		e.allSeries.at(i).hash = key
		e.series.add(i)
	}
	s := e.allSeries.at(i)
	s.first, s.waits, s.tries = target{}, false, min(s.tries+1, 6)
	if s.more != nil {
		s.more.targets = nil
	}
	nobody, deployed := false, e.deployed(l)
	for _, f := range e.feeds[metric] {
		if !matchAll(f.where, l) {
			continue
		}
		who, peer, owner := resolve(f.entity, l)
		if who.IsZero() {
			nobody = true
			continue
		}
		r := f.rule.forEntity(who, l, e.opt.Refractory)
		if r == nil {
			continue
		}
		m := e.monitor(r, who, peer, owner, l, f.leads())
		if m == nil {
			s.waits = s.waits || !f.leads()
			continue
		}
		if d, ok := m.det.(interface{ changed(uint32) }); ok && deployed {
			d.changed(e.now)
		}
		s.feeds(target{m, f})
		s.wantsHist = s.wantsHist || f.as == asHistogram
		s.counts = s.counts || f.as == asCounter || f.as == asRate || f.as == asCount || f.as == asHistogram
	}
	if s.waits = s.waits && !s.counts; s.waits {
		s.start = e.now // a gauge has no use of it else
	}
	if nobody && s.first.m == nil && !s.waits {
		e.counts.NoEntity++
	}
	return s
}

// leads tells whether a feed makes monitors. The whole of a gauge's ratio (a
// limit) and a gate say nothing alone.
func (f *feed) leads() bool {
	return f.in != inGate && (f.in != inWhole || f.as == asCounter || f.as == asCount)
}

// deployed tells whether a series comes from a pod or process that is new.
func (e *Engine) deployed(l Labels) bool {
	name := get(l, "k8s.pod.name", "service.instance.id", "pod", "instance")
	if name == "" {
		return false
	}
	key := hashText(namespace(l), name)
	if _, old := e.instances[key]; old {
		return false
	}
	if len(e.instances) >= e.opt.MaxSeries {
		clear(e.instances)
	}
	e.instances[key] = struct{}{}
	return true
}

// monitor finds or, if need be, makes the monitor of a rule for an entity and
// peer.
func (e *Engine) monitor(r *rule, who, peer, owner Entity, l Labels, need bool) *monitor {
	parts := []string{r.entry.Code, who.Type, who.Namespace, who.Name, peer.Type, peer.Namespace, peer.Name}
	for _, by := range r.entry.By {
		parts = append(parts, get(l, by))
	}
	key := hashText(parts...)
	if i, ok := e.monitors.find(key); ok {
		m := e.allMonitors.at(i)
		if m.rule != r && m.rule.print == r.print {
			m.rule = r // restored by a code alone, or other labels now
		}
		return m
	}
	if !need {
		return nil
	}
	if e.monitors.n >= e.opt.MaxSeries {
		e.counts.SeriesLimit++
		return nil
	}
	i := e.allMonitors.take()
	m := e.allMonitors.at(i)
	m.rule, m.det, m.entity = r, newDetector(r), e.entity(who, owner)
	if !peer.IsZero() {
		m.peer = e.entity(peer, peer)
	}
	m.hash = key
	e.monitors.add(i)
	if r.entry.Detector.Kind == "absence" {
		e.absence[m] = struct{}{}
	}
	return m
}

func (e Entity) hash() uint64 { return hashText(e.Type, e.Namespace, e.Name) }

func (e *Engine) entity(who, owner Entity) *entityInfo {
	key := who.hash()
	info := e.entities[key]
	if info == nil {
		info = &entityInfo{Entity: who}
		e.entities[key] = info
	}
	if info.workload == nil {
		switch o := e.entities[owner.hash()]; {
		case owner == who || owner.IsZero():
			info.workload = &workload{Entity: who}
		case o == nil || o.workload == nil:
			info.workload = &workload{Entity: owner}
			e.entities[owner.hash()] = &entityInfo{Entity: owner, workload: info.workload}
		default:
			info.workload = o.workload
		}
	}
	return info
}

// Flush judges what the samples since the last Flush changed, and what time
// alone changes. The events are the caller's.
func (e *Engine) Flush(now time.Time) []Event {
	e.Clock(now)
	e.events = nil
	for _, m := range e.dirty {
		m.dirty = false
		e.step(m, m.det.judge(m.rule, m, m.seen))
	}
	e.dirty = e.dirty[:0]
	e.tick()
	// Maps have no order; events of one Flush have.
	slices.SortStableFunc(e.events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), compareEntity(a.Entity, b.Entity), compareEntity(a.Peer, b.Peer))
	})
	return e.events
}

func compareEntity(a, b Entity) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}
