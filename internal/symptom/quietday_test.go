package symptom

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A day on which nothing is wrong: 200 services on 20 nodes, seen every
// minute (every 30 s in the long form). Requests are Poisson with a course of the day by a factor of three and a
// noise of five percent, latencies log-normal and 15 % slower under load. Each
// service is deployed once or twice: pod by pod, with counters that begin anew,
// slow first seconds, some errors and refused connections. Heaps are collected
// when they have grown by 12 % of the limit, CPU has its peaks, some containers are restarted once.

const (
	quietServices = 200
	quietNodes    = 20
	quietMost     = 3 // false symptoms
)

type quietPod struct {
	name          string
	born          int64
	ok, errs      float64 // cumulative
	counts        []uint64
	periods, held float64
	heap, live    float64
	garbage       float64 // growth in a second
	restart       float64
	handles       [16]handle
}

// handle is a series of the simulation.
type handle struct {
	key    uint64
	metric string
	labels labelMap
}

type quietService struct {
	rng             *rand.Rand
	name, ns        string
	rate, errRate   float64
	median, sigma   float64
	phase           float64
	pods            []*quietPod
	deploys         []int64 // second of the day at which one begins
	calls, late     float64
	throttled, fail float64
	started         int64
	generation      int
	handles         [8]handle
}

type quietDay struct {
	t        testing.TB
	e        *Engine
	services []*quietService
	every    int64
	points   int
	nodes    [quietNodes][8]handle
}

// put reports a point of a series, whose labels are made when it is new.
func (q *quietDay) put(h *handle, metric string, labels func() labelMap, p Point, b *Buckets) {
	q.points++
	if h.labels == nil {
		h.labels, h.metric = labels(), metric
		h.key = h.labels.key(metric)
	}
	s := q.e.Series(h.key)
	if s == nil {
		s = q.e.Register(h.key, metric, h.labels)
	}
	if b != nil {
		q.e.ObserveHistogram(s, p, b)
	} else {
		q.e.Observe(s, p)
	}
}

// quietLow and quietBuckets: scale 2 from 0.5 ms to 65 s, four buckets a factor
// of two.
const (
	quietScale   = 2
	quietLow     = -44
	quietBuckets = 68
)

func newQuietDay(t testing.TB, seed uint64, begin time.Time, every int64) *quietDay {
	e, err := New(Default(), Options{})
	require.NoError(t, err)
	e.Clock(begin)
	q := &quietDay{t: t, e: e, every: every}
	for i := range quietServices {
		rng := rand.New(rand.NewPCG(seed, uint64(i))) // #nosec G404,G115 -- a simulation
		s := &quietService{rng: rng, name: fmt.Sprintf("svc-%03d", i), ns: fmt.Sprintf("team-%02d", i%20), started: begin.Unix(),
			rate: 0.5 * math.Exp(5*rng.Float64()), errRate: 0.0001 * math.Exp(4*rng.Float64()),
			median: 0.003 * math.Exp(4*rng.Float64()), sigma: 0.4 + 0.5*rng.Float64(), phase: rng.NormFloat64() * 0.3}
		for range 1 + rng.IntN(5) {
			s.pods = append(s.pods, s.pod(begin.Unix()-int64(rng.IntN(100000))))
		}
		for range 1 + rng.IntN(2) {
			s.deploys = append(s.deploys, begin.Unix()+int64(rng.IntN(86400)))
		}
		q.services = append(q.services, s)
	}
	return q
}

func (s *quietService) pod(born int64) *quietPod {
	s.generation++
	return &quietPod{name: fmt.Sprintf("%s-5d8f9c7b6-%05d", s.name, s.generation), born: born, counts: make([]uint64, quietBuckets), live: 0.4 + 0.2*s.rng.Float64(), garbage: 0.00003 + 0.0002*s.rng.Float64()}
}

// step reports one interval that ends at now.
func (q *quietDay) step(now int64) {
	for _, s := range q.services {
		q.deploy(s, now)
		hour := 2 * math.Pi * (float64(now%86400)/86400 - 0.6 + s.phase/24)
		load := 1 + 0.5*math.Cos(hour) // 0.5 to 1.5
		busy := load * math.Exp(0.05*s.rng.NormFloat64())
		for _, p := range s.pods {
			q.podStep(s, p, now, load, busy)
		}
		q.edgeStep(s, now, busy)
		ready := 0.0
		for _, p := range s.pods {
			if now-p.born >= 40 {
				ready++
			}
		}
		d := func() labelMap { return labelMap{"k8s.namespace.name": s.ns, "k8s.deployment.name": s.name} }
		// A new pod comes before an old one goes.
		desired := float64(len(s.pods))
		if len(s.pods) < 4 {
			ready = desired
		}
		q.put(&s.handles[0], "k8s.deployment.available", d, Point{Time: now, Value: ready}, nil)
		q.put(&s.handles[1], "k8s.deployment.desired", d, Point{Time: now, Value: desired}, nil)
	}
	for n := range quietNodes {
		q.nodeStep(n, now)
	}
}

func (q *quietDay) deploy(s *quietService, now int64) {
	for _, at := range s.deploys {
		for i := range s.pods {
			if due := at + int64(i)*60; now >= due && now < due+q.every {
				s.pods[i] = s.pod(now - int64(s.rng.IntN(20)))
			}
		}
	}
}

func (q *quietDay) podStep(s *quietService, p *quietPod, now int64, load, busy float64) {
	age := now - p.born
	http := func(status string) func() labelMap {
		return func() labelMap {
			return labelMap{"k8s.namespace.name": s.ns, "k8s.deployment.name": s.name, "k8s.pod.name": p.name, "http.response.status_code": status}
		}
	}
	if age >= 40 { // not ready before
		mean := s.rate * busy * float64(q.every) / float64(len(s.pods))
		median, errRate := s.median*(1+0.15*(load-1)*2), s.errRate
		if age < 80 {
			median, errRate = median*2, errRate+0.01
		}
		total := 0.0
		low := math.Log2(median)
		step := 1 / (float64(int(1)<<quietScale) * s.sigma / math.Ln2)
		z := (float64(quietLow)/(1<<quietScale) - low) * math.Ln2 / s.sigma
		before := 0.5 * math.Erfc(-z/math.Sqrt2)
		for i := range p.counts {
			if z += step; z < -5 {
				continue
			}
			if z > 5+step {
				break
			}
			upto := 0.5 * math.Erfc(-z/math.Sqrt2)
			if m := mean * (upto - before); m > 1e-6 {
				n := poisson(s.rng, m)
				p.counts[i] += uint64(n)
				total += n
			}
			before = upto
		}
		p.ok += total
		p.errs += poisson(s.rng, mean*errRate)
	}
	start := p.born
	q.put(&p.handles[0], "http.server.request.duration", http("200"), Point{Time: now, Start: start, Value: p.ok}, &Buckets{Scale: quietScale, Offset: quietLow, Counts: p.counts})
	if p.errs > 0 { // a series that isn't there before the first error
		q.put(&p.handles[1], "http.server.request.duration", http("500"), Point{Time: now, Start: start, Value: p.errs}, nil)
	}
	q.containerStep(s, p, now, age, load)
}

func (q *quietDay) containerStep(s *quietService, p *quietPod, now, age int64, load float64) {
	c := func() labelMap {
		return labelMap{"k8s.namespace.name": s.ns, "k8s.deployment.name": s.name, "k8s.pod.name": p.name, "k8s.container.name": "app"}
	}
	cpu := 0.3 * load * (1 + 0.15*s.rng.NormFloat64())
	if age < 60 || s.rng.IntN(200) == 0 {
		cpu = 1 // a start, or a peak
	}
	// The heap grows and is collected; a cache fills in the first half hour.
	if p.heap += p.garbage * float64(q.every) * 2 * s.rng.Float64(); p.heap > 0.12 {
		p.heap = 0.01 * s.rng.Float64()
	}
	memory := 1e9 * (p.live + p.heap + 0.1*min(1, float64(age)/1800))
	p.periods += 10 * float64(q.every)
	p.held += poisson(s.rng, 10*float64(q.every)*max(0, cpu-0.7)*0.3)
	if s.rng.IntN(40000) == 0 {
		p.restart++
	}
	for i, v := range [...]struct {
		metric string
		value  float64
	}{
		{"container.cpu.usage", cpu}, {"k8s.container.cpu_limit", 1}, {"container.memory.working_set", memory},
		{"container.memory.rss", memory * 0.9}, {"k8s.container.memory_limit", 1e9}, {"k8s.container.restarts", p.restart},
		{"container.cpu.throttling_data.periods", p.periods}, {"container.cpu.throttling_data.throttled_periods", p.held},
		{"k8s.container.ready", truth(age >= 40)},
	} {
		q.put(&p.handles[2+i], v.metric, c, Point{Time: now, Start: p.born, Value: v.value}, nil)
	}
	pod := func() labelMap { return labelMap{"k8s.namespace.name": s.ns, "k8s.pod.name": p.name} }
	q.put(&p.handles[15], "k8s.pod.phase", pod, Point{Time: now, Value: 2}, nil)
}

func (q *quietDay) edgeStep(s *quietService, now int64, busy float64) {
	mean := s.rate * busy * float64(q.every)
	s.calls += poisson(s.rng, mean)
	s.throttled += poisson(s.rng, mean*0.0002)
	s.late += poisson(s.rng, mean*0.0003)
	for _, at := range s.deploys {
		if now >= at && now < at+60 {
			s.fail += poisson(s.rng, 0.5)
		}
	}
	for i, v := range [...]struct {
		key, value string
		n          float64
	}{{"http.response.status_code", "200", s.calls}, {"http.response.status_code", "429", s.throttled}, {"error.type", "timeout", s.late}, {"error.type", "connection_refused", s.fail}} {
		if v.n > 0 {
			l := func() labelMap {
				return labelMap{"k8s.namespace.name": s.ns, "k8s.deployment.name": s.name, "server.address": "db.example.com", v.key: v.value}
			}
			q.put(&s.handles[2+i], "http.client.request.duration", l, Point{Time: now, Start: s.started, Value: v.n}, nil)
		}
	}
}

func (q *quietDay) nodeStep(n int, now int64) {
	rng := rand.New(rand.NewPCG(uint64(n), uint64(now))) // #nosec G404,G115 -- a simulation
	name, h := fmt.Sprintf("node-%02d", n), &q.nodes[n]
	node := func() labelMap { return labelMap{"k8s.node.name": name} }
	q.put(&h[0], "k8s.node.condition_ready", node, Point{Time: now, Value: 1}, nil)
	day := float64(now % 86400)
	out := 3000 * day
	q.put(&h[1], "node_netstat_Tcp_OutSegs", node, Point{Time: now, Value: out}, nil)
	q.put(&h[2], "node_netstat_Tcp_RetransSegs", node, Point{Time: now, Value: math.Round(out*0.004 + 300*math.Sin(day/600) + 300)}, nil)
	used := 0.5 + 0.3*math.Mod(day/86400*3+float64(n)/quietNodes, 1) + 0.002*rng.Float64() // logs, rotated thrice
	for i, state := range [...]string{"free", "used"} {
		l := func() labelMap {
			return labelMap{"k8s.node.name": name, "device": "/dev/vda1", "mountpoint": "/", "type": "ext4", "state": state}
		}
		q.put(&h[3+i], "system.filesystem.usage", l, Point{Time: now, Value: 1e11 * math.Abs(float64(1-i)-used)}, nil)
	}
}

func TestAQuietDay(t *testing.T) {
	days, seeds, every := 1, uint64(1), int64(60)
	if os.Getenv("WEIR_SOAK") != "" {
		days, seeds, every = 3, 3, 30 // the second day knows the hours of the first
	}
	for seed := range seeds {
		begin := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
		q := newQuietDay(t, seed+1, begin, every)
		var false_ []string
		for now := begin.Unix() + every; now <= begin.Unix()+int64(days)*86400; now += every {
			q.step(now)
			for _, ev := range q.e.Flush(time.Unix(now, 0)) {
				if ev.Phase == Start {
					false_ = append(false_, fmt.Sprintf("%s %s at %s: value %.4g, baseline %.4g, threshold %.4g, %d samples",
						ev.Code, ev.Entity.text(), time.Unix(ev.Time, 0).UTC().Format("15:04:05"), ev.Value, ev.Baseline, ev.Threshold, ev.Samples))
				}
			}
		}
		series, states := q.e.States()
		t.Logf("seed %d: %d false symptoms in %d day(s); %d points, %d series, monitors %v, not used %+v", seed+1, len(false_), days, q.points, series, states, q.e.Counts())
		assert.LessOrEqual(t, len(false_), quietMost*days)
		// The detectors were awake: most of what is watched has a verdict.
		assert.Greater(t, states["fine"], states["unknown"])
		for _, f := range false_ {
			t.Log(f)
		}
	}
}
