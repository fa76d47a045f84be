package fact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/proto"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

// framing is what gRPC and HTTP/2 put before each message.
const framing = 5 + 9

// BenchmarkBytesPerNodeDay simulates a day of a cluster with 100 nodes, 3,000
// pods, 300 services, 1,500 edges and 10 symptom events a minute in the default
// mode, and measures what leaves it: each minute one envelope of the mediator
// with the reports of all agents that had something to say, compressed message
// by message. Traffic follows the day, edges carry rates when they changed
// materially, all workloads, nodes and namespaces are told in full each hour.
//
// The benchmark beside it, Spread, is the same with each edge seen on ten nodes,
// as the pods of its destination are spread, instead of one.
func BenchmarkBytesPerNodeDay(b *testing.B) {
	if wire := benchmarkDay(b, 1); wire > 24*1024 {
		b.Errorf("%d bytes a node and day, want at most 24 KB", wire)
	}
}

func BenchmarkBytesPerNodeDaySpread(b *testing.B) { benchmarkDay(b, 10) }

func benchmarkDay(b *testing.B, seenBy int) (wire int) {
	var total daySum
	for b.Loop() {
		total = simulateDay(b, seenBy)
	}
	const nodes = 100
	b.ReportMetric(float64(total.wire)/nodes/1024, "KB/node-day")
	b.ReportMetric(float64(total.raw)/nodes/1024, "KB-uncompressed/node-day")
	b.ReportMetric(float64(total.reports)/nodes, "reports/node-day")
	b.ReportMetric(float64(total.rates)/nodes, "rates/node-day")
	return total.wire / nodes
}

type daySum struct{ wire, raw, reports, rates, symptoms int }

// cluster is the simulated one.
type cluster struct {
	rng        *rand.Rand
	nodes      []Ref
	workloads  []Ref
	namespaces []Ref
	pods       []Ref
	edges      []simulatedEdge
	open       []Symptom
}

type simulatedEdge struct {
	source, destination Ref
	perSecond           float64
	phase               float64
	shapes              [4]Histogram
}

// simulatedAgent is one node's, or the mediator's own, sender.
type simulatedAgent struct {
	id, epoch, sequence uint64
	throttle            *Throttle
	budget              *Budget
	encoder             *Encoder // of its session, to know what a report costs
	edges               []int
}

func newCluster() *cluster {
	c := &cluster{rng: rand.New(rand.NewPCG(11, 21))}
	ref := func(t EntityType, namespace, name string) Ref {
		r := Ref{Type: t, Namespace: namespace, Name: name}
		r.ID = identity.ID(r)
		return r
	}
	for i := range 100 {
		c.nodes = append(c.nodes, ref(uplinkv1.EntityType_ENTITY_TYPE_NODE, "", fmt.Sprintf("ip-10-0-%d-%d.eu-north-1.compute.internal", i/16, i%16)))
	}
	words := []string{"checkout", "payment", "users", "catalog", "search", "cart", "shipping", "invoice", "email", "ledger", "auth", "session",
		"pricing", "stock", "review", "image", "report", "export", "gateway", "notify"}
	for i := range 20 {
		c.namespaces = append(c.namespaces, ref(uplinkv1.EntityType_ENTITY_TYPE_NAMESPACE, "", "team-"+words[i]))
	}
	for i := range 300 {
		c.workloads = append(c.workloads, ref(uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, c.namespaces[i%20].Name, words[i%20]+"-"+words[i/20]))
	}
	const suffix = "bcdfghjklmnpqrstvwxz2456789"
	for i := range 3000 {
		w := c.workloads[i%300]
		name := w.Name + "-"
		for k := range 15 {
			if k == 10 {
				name += "-"
			}
			name += string(suffix[c.rng.IntN(len(suffix))])
		}
		c.pods = append(c.pods, ref(uplinkv1.EntityType_ENTITY_TYPE_POD, w.Namespace, name))
	}
	for i := range 1500 {
		e := simulatedEdge{source: c.workloads[c.rng.IntN(300)], destination: c.workloads[i%300],
			perSecond: math.Exp(c.rng.NormFloat64()*1.5 + 1.5), phase: c.rng.NormFloat64() * 0.3}
		median := math.Exp(c.rng.NormFloat64() - 4.5)
		for k := range e.shapes {
			for range 300 {
				e.shapes[k].AddSeconds(median*math.Exp(c.rng.NormFloat64()*0.7), 1)
			}
		}
		c.edges = append(c.edges, e)
	}
	return c
}

func (c *cluster) agent(name string, nodes int) *simulatedAgent {
	budget, _ := NewBudget(0, nodes)
	return &simulatedAgent{id: identity.Agent(name), epoch: c.rng.Uint64(), throttle: NewThrottle(identity, ThrottleOptions{}), budget: budget,
		encoder: NewEncoder(EncoderOptions{Identity: identity, Sender: 1, Session: 1})}
}

func simulateDay(b *testing.B, seenBy int) (sum daySum) {
	c := newCluster()
	mediator := c.agent("mediator", 100)
	var agents []*simulatedAgent
	for _, n := range c.nodes {
		agents = append(agents, c.agent(n.Name, 1))
	}
	for i := range c.edges {
		for k := range seenBy {
			a := agents[(i+k*7)%len(agents)]
			a.edges = append(a.edges, i)
		}
	}
	enc := NewEncoder(EncoderOptions{Identity: identity, Sender: mediator.id, Session: c.rng.Uint64()})
	compress, err := zstd.NewWriter(nil)
	if err != nil {
		b.Fatal(err)
	}
	day := start.Truncate(24 * time.Hour)
	for minute := range 24 * 60 {
		now := day.Add(time.Duration(minute) * time.Minute)
		news := c.symptoms(now)
		var reports []*Report
		for i, a := range agents {
			r := a.report(now)
			r.Coverage = Coverage{ExchangesSeen: 10_000 + uint64(c.rng.IntN(9999)), SamplingBasisPoints: 10000, BytesParsed: 20_000_000 + uint64(c.rng.IntN(9_999_999))}
			for _, e := range a.edges {
				r.Edges = append(r.Edges, c.edge(&c.edges[e], minute, seenBy))
			}
			r.Symptoms = news[i]
			if minute%60 == i%60 {
				r.Flows = append(r.Flows, c.flow(now))
			}
			reports = a.send(now, r, reports)
		}
		reports = mediator.send(now, c.entities(mediator, now, minute), reports)
		for len(reports) > 0 {
			out, err := enc.Encode(now, mediator.budget.Left(now), reports...)
			if err != nil {
				b.Fatal(err)
			}
			raw, err := proto.Marshal(out.Envelope)
			if err != nil {
				b.Fatal(err)
			}
			sum.raw += len(raw) + framing
			sum.wire += len(compress.EncodeAll(raw, nil)) + framing
			for _, r := range reports[:out.Reports] {
				sum.reports++
				sum.symptoms += len(r.Symptoms)
				for _, e := range r.Edges {
					if e.HasRates {
						sum.rates++
					}
				}
			}
			reports = reports[out.Reports:]
		}
	}
	if want := 10 * 24 * 60; sum.symptoms != want {
		b.Fatalf("%d symptom events left, want %d", sum.symptoms, want)
	}
	return sum
}

func (a *simulatedAgent) report(now time.Time) *Report {
	a.sequence++
	return &Report{Agent: a.id, Epoch: a.epoch, Sequence: a.sequence, Start: now.Add(-time.Minute), Window: time.Minute}
}

// send does to a report what an uplink exporter does.
func (a *simulatedAgent) send(now time.Time, r *Report, to []*Report) []*Report {
	a.throttle.Apply(now, a.budget.RatesAllowance(now), r)
	if a.throttle.Hold(now, r) {
		return to
	}
	a.budget.Trim(now, r)
	if out, err := a.encoder.Encode(now, 0, r); err == nil {
		a.budget.Spend(now, out.Envelope)
	}
	return append(to, r)
}

func (c *cluster) edge(e *simulatedEdge, minute, seenBy int) Edge {
	daily := 1 + 0.6*math.Sin(2*math.Pi*float64(minute)/1440+e.phase)
	mean := e.perSecond * 60 * daily / float64(seenBy)
	n := uint64(max(mean+c.rng.NormFloat64()*math.Sqrt(mean), 0))
	return Edge{Source: e.source, Destination: e.destination, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Port: 8080,
		Side: uplinkv1.Side_SIDE_SERVER, Op: uplinkv1.Op_OP_STATE, HasRates: true,
		Requests: n, Errors: n / 500, Durations: e.shapes[c.rng.IntN(len(e.shapes))]}
}

// symptoms are ten events: four begin, two go on, four end; by agent.
func (c *cluster) symptoms(now time.Time) map[int][]Symptom {
	news := map[int][]Symptom{}
	tell := func(s Symptom, phase Phase) Symptom {
		s.Phase, s.Time = phase, now.Add(-time.Duration(c.rng.IntN(60))*time.Second)
		s.Value, s.Samples = s.Threshold*(1+c.rng.Float64()), uint32(50+c.rng.IntN(5000))
		news[int(s.Entity.ID%100)] = append(news[int(s.Entity.ID%100)], s)
		return s
	}
	all := []string{"svc.latency.shift", "svc.errors.shift", "ctr.cpu.throttled", "ctr.mem.near_limit", "pod.not_ready", "node.disk_space"}
	for range 4 {
		s := Symptom{ID: c.rng.Uint64(), Code: all[c.rng.IntN(len(all))], Severity: uplinkv1.Severity_SEVERITY_WARNING, Onset: now,
			Baseline: c.rng.Float64() / 10, Threshold: c.rng.Float64(), Unit: uplinkv1.Unit_UNIT_SECONDS, Detector: uplinkv1.Detector_DETECTOR_BASELINE}
		switch c.rng.IntN(10) {
		case 0:
			s.Entity = c.nodes[c.rng.IntN(len(c.nodes))]
		case 1, 2, 3:
			s.Entity = c.pods[c.rng.IntN(len(c.pods))]
		default:
			e := c.edges[c.rng.IntN(len(c.edges))]
			s.Entity, s.Peer = e.destination, e.source
		}
		c.open = append(c.open, tell(s, uplinkv1.Phase_PHASE_START))
	}
	for range 2 {
		i := c.rng.IntN(len(c.open))
		c.open[i] = tell(c.open[i], uplinkv1.Phase_PHASE_UPDATE)
	}
	for range 4 {
		i := 0
		if len(c.open) < 40 { // the first are open for ten minutes
			i = len(c.open) - 1
		}
		tell(c.open[i], uplinkv1.Phase_PHASE_END)
		c.open = append(c.open[:i:i], c.open[i+1:]...)
	}
	return news
}

func (c *cluster) flow(now time.Time) Flow {
	e := c.edges[c.rng.IntN(len(c.edges))]
	return Flow{Source: e.source, Destination: e.destination, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Method: uplinkv1.Method_METHOD_POST,
		Route: "/v1/" + e.destination.Name + "/{id}", Direction: uplinkv1.Direction_DIRECTION_REQUEST,
		DataType: uplinkv1.DataType(1 + c.rng.IntN(12)), Sensitivity: uplinkv1.Sensitivity_SENSITIVITY_MEDIUM,
		FieldPath: "body.customer.field", Seen: 100, First: now.Add(-time.Hour), Last: now}
}

// entities are in full each hour, else the few that changed.
func (c *cluster) entities(mediator *simulatedAgent, now time.Time, minute int) *Report {
	r := mediator.report(now)
	workload := func(i int) Entity {
		return Entity{Ref: c.workloads[i], Op: uplinkv1.Op_OP_STATE, Image: "registry.example/" + c.workloads[i].Name + ":1.4.2", Version: "1.4.2",
			Desired: 10, Ready: uint32(10 - c.rng.IntN(2)), ReportInterval: time.Hour}
	}
	if r.Snapshot = minute%60 == 0; !r.Snapshot {
		r.Entities = append(r.Entities, workload(c.rng.IntN(300)))
		if minute%20 == 5 {
			r.Changes = []Change{{Entity: c.workloads[c.rng.IntN(300)], Kind: uplinkv1.ChangeKind_CHANGE_KIND_ROLLOUT, Time: now, FromName: "1.4.2", ToName: "1.4.3"}}
		}
		return r
	}
	for i := range c.workloads {
		r.Entities = append(r.Entities, workload(i))
	}
	for _, n := range c.nodes {
		r.Entities = append(r.Entities, Entity{Ref: n, Op: uplinkv1.Op_OP_STATE, Zone: "eu-north-1a", ReportInterval: time.Hour})
	}
	for _, n := range c.namespaces {
		r.Entities = append(r.Entities, Entity{Ref: n, Op: uplinkv1.Op_OP_STATE, ReportInterval: time.Hour})
	}
	return r
}
