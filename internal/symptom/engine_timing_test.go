package symptom

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Figures of the engine, by go test -bench . ./internal/symptom. "points/cpu-s"
// is by CPU time of the whole process, garbage collection included; "B/series"
// is what the heap holds for one series: itself, its share of monitors and of
// names.

const benchSeries = 100_000

func cpuTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// load is a fleet that reports to an engine.
type load struct {
	e      *Engine
	keys   []uint64
	metric func(i int) (string, labelMap)
	report func(i, round int) (Point, *Buckets)
	now    time.Time
	round  int
}

func (l *load) scrape() {
	l.now = l.now.Add(15 * time.Second)
	l.e.Clock(l.now)
	for i, key := range l.keys {
		p, b := l.report(i, l.round)
		p.Time = l.now.Unix()
		s := l.e.Series(key)
		if s == nil { // a limit that waited for its usage
			m, labels := l.metric(i)
			s = l.e.Register(key, m, labels)
		}
		if b == nil {
			l.e.Observe(s, p)
		} else {
			l.e.ObserveHistogram(s, p, b)
		}
		if i%8192 == 8191 { // as batches come
			l.e.Flush(l.now)
		}
	}
	l.e.Flush(l.now)
	l.round++
}

func benchmark(b *testing.B, make func(e *Engine, now time.Time) *load) {
	e, err := New(Default(), Options{MaxSeries: 2 * benchSeries})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	e.Clock(now)
	l := make(e, now)
	l.now = now
	own := heap() // keys and inputs of the load itself are in neither
	for range 8 { // two minutes: windows were filled and learned from
		l.scrape()
	}
	grown := heap() - own
	b.ResetTimer()
	cpu := cpuTime()
	for range b.N {
		l.scrape()
	}
	used := cpuTime() - cpu
	b.ReportMetric(float64(b.N)*float64(len(l.keys))/used.Seconds(), "points/cpu-s")
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N)/float64(len(l.keys)), "cpu-ns/point")
	b.ReportMetric(float64(grown+regBytes)/float64(len(l.keys)), "B/series")
	runtime.KeepAlive(l)
}

// regBytes is what registering took; the makers below measure it.
var regBytes uint64

// register makes all series and measures what they take.
func register(e *Engine, l *load, metric func(i int) (string, labelMap)) {
	l.keys, l.metric = make([]uint64, benchSeries), metric
	before := heap()
	for i := range l.keys {
		m, labels := metric(i)
		l.keys[i] = labels.key(m)
		e.Register(l.keys[i], m, labels)
	}
	regBytes = heap() - before
}

// BenchmarkContainers is the series of 12,500 containers without latencies:
// eight metrics each, as kubeletstats and k8s_cluster report them.
func BenchmarkContainers(b *testing.B) {
	metrics := []string{"container.cpu.usage", "k8s.container.cpu_limit", "container.memory.working_set", "k8s.container.memory_limit",
		"k8s.container.restarts", "container_cpu_cfs_periods_total", "container_cpu_cfs_throttled_periods_total", "container_oom_events_total"}
	benchmark(b, func(e *Engine, now time.Time) *load {
		l := &load{e: e}
		register(e, l, func(i int) (string, labelMap) {
			return metrics[i%8], labelMap{"k8s.namespace.name": "ns" + strconv.Itoa(i/8/100), "k8s.pod.name": fmt.Sprintf("checkout-7d9f8b6c5-%05d", i/8), "k8s.container.name": "app"}
		})
		values := []float64{0.5, 1, 5e8, 1e9, 0, 150, 2, 0}
		l.report = func(i, round int) (Point, *Buckets) {
			v := values[i%8]
			if i%8 == 5 || i%8 == 6 {
				v *= float64(round + 1)
			}
			return Point{Value: v}, nil
		}
		return l
	})
}

// BenchmarkRequests is counts of requests by status, route and pod: ten series
// for each of 10,000 services, read by error, burn rate and traffic entries.
func BenchmarkRequests(b *testing.B) {
	benchmark(b, func(e *Engine, now time.Time) *load {
		l := &load{e: e}
		register(e, l, func(i int) (string, labelMap) {
			status := "200"
			if i%10 == 9 {
				status = "500"
			}
			return "http.server.request.duration", labelMap{"k8s.namespace.name": "ns" + strconv.Itoa(i/1000), "k8s.deployment.name": "svc-" + strconv.Itoa(i/10),
				"http.route": "/r" + strconv.Itoa(i%10), "http.response.status_code": status}
		})
		l.report = func(i, round int) (Point, *Buckets) {
			return Point{Value: float64(300 * (round + 1)), Start: now.Unix()}, nil
		}
		return l
	})
}

// BenchmarkLatencies is the dear case: each series is a cumulative exponential
// histogram of 160 buckets at most, and has a service, so a baseline, of its
// own. All entries that read request durations do.
func BenchmarkLatencies(b *testing.B) { latencies(b, 1) }

// BenchmarkLatenciesByRoute is the usual case: ten histograms of one service.
func BenchmarkLatenciesByRoute(b *testing.B) { latencies(b, 10) }

func latencies(b *testing.B, each int) {
	rng := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- a simulation
	// 64 shapes of log-normal latencies with one slow request in a hundred.
	const shapes, scale = 64, 4
	hists := make([]Buckets, shapes)
	steps := make([][]uint64, shapes)
	for s := range hists {
		median, counts := 0.005*math.Exp(3*rng.Float64()), map[int]uint64{}
		low, high := math.MaxInt, math.MinInt
		for range 300 {
			v := median * math.Exp(0.5*rng.NormFloat64())
			if rng.IntN(100) == 0 {
				v *= 10
			}
			i := int(math.Floor(math.Log2(v) * (1 << scale)))
			counts[i]++
			low, high = min(low, i), max(high, i)
		}
		steps[s] = make([]uint64, high-low+1)
		for i, n := range counts {
			steps[s][i-low] = n
		}
		hists[s] = Buckets{Scale: scale, Offset: int32(low), Counts: make([]uint64, high-low+1)} // #nosec G115 -- small
	}
	benchmark(b, func(e *Engine, now time.Time) *load {
		l := &load{e: e}
		register(e, l, func(i int) (string, labelMap) {
			return "http.server.request.duration", labelMap{"k8s.namespace.name": "ns" + strconv.Itoa(i/each/100), "k8s.deployment.name": "svc-" + strconv.Itoa(i/each),
				"http.route": "/r" + strconv.Itoa(i%each), "http.response.status_code": "200"}
		})
		last := -1
		l.report = func(i, round int) (Point, *Buckets) {
			if round != last {
				last = round
				for s := range hists {
					for j := range hists[s].Counts {
						hists[s].Counts[j] = steps[s][j] * uint64(round+1) // #nosec G115 -- small
					}
				}
			}
			return Point{Value: float64(300 * (round + 1)), Start: now.Unix()}, &hists[i%shapes]
		}
		return l
	})
}
