package sampleapi

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Hostile is the name of one service: pages must show it as it is written.
const Hostile = `<img src=x onerror="document.title='owned'">`

var (
	spaces = []string{"shop", "payments", "accounts", "search", "delivery", "media", "reports", "partners", "platform", "support", "loyalty", "pricing"}
	words  = []string{"cart", "orders", "invoice", "ledger", "profile", "catalog", "stock", "mail", "auth", "session", "pricing", "tax", "refund", "router", "tracker", "image", "resize", "report", "export", "audit", "quota", "events", "notify", "review", "rating"}
	kinds  = []string{"api", "worker", "gateway", "store", "sync"}
	hosts  = []string{"api.stripe.com", "smtp.mailgun.org", "maps.example.net"}

	dataTypes = []struct {
		name, sensitivity string
		paths             []string
	}{
		{"EMAIL", "medium", []string{"customer.email", "to[].address", "contact.email"}},
		{"PERSON_NAME", "medium", []string{"customer.name", "recipient.name"}},
		{"PAYMENT_CARD", "critical", []string{"payment.card.number", "card.pan"}},
		{"IBAN", "high", []string{"payout.iban", "account.iban"}},
		{"PHONE_NUMBER", "medium", []string{"customer.phone", "contact.phones[]"}},
		{"ACCESS_TOKEN", "critical", []string{"headers.authorization", "session.token"}},
		{"IP_ADDRESS", "low", []string{"client.ip", "audit.address"}},
		{"DATE_OF_BIRTH", "high", []string{"profile.birthday"}},
	}
	catalogue = []struct {
		code, title, severity, unit, detector string
		baseline, threshold, value            float64
	}{
		{"svc.errors.slo_burn_fast", "Errors use up the month's budget", "critical", "ratio", "burn_rate", 0.002, 0.0144, 0.081},
		{"svc.latency.shift", "Answers take longer than usual", "warning", "s", "baseline", 0.046, 0.069, 0.212},
		{"ctr.mem.near_limit", "Memory is near its limit", "warning", "ratio", "threshold", 0.71, 0.9, 0.943},
		{"edge.connect_fail", "Connections fail", "critical", "1/s", "rate", 0, 0.05, 0.4},
		{"svc.traffic.drop", "Far fewer requests than usual", "warning", "1/s", "baseline", 120, 48, 11},
		{"ctr.restarts", "Containers restart again and again", "info", "1", "rate", 0, 2, 3},
		{"node.disk_space", "The disk is nearly full", "warning", "ratio", "threshold", 0.41, 0.15, 0.06},
	}
)

// Data is what the API answers. It is not changed once made.
type Data struct {
	nodes     []node
	edges     []edge
	symptoms  []symptom
	flows     []flow
	envelopes []envelope
	days      []map[string]any
	agents    []map[string]any
}

// Generate makes data of the given size that ends at now.
func Generate(services, edges int, now time.Time) *Data {
	g := &generator{Rand: rand.New(rand.NewPCG(7, 11)), now: now.UTC().Truncate(time.Second)} // #nosec G404 -- data of tests
	d := &Data{}
	g.services(d, services)
	g.connect(d, edges)
	g.symptomsOf(d)
	g.flowsOf(d)
	g.sent(d)
	return d
}

type generator struct {
	*rand.Rand
	now time.Time
}

func (g *generator) id() string { return fmt.Sprintf("%016x", g.Uint64()|1) }

func pick[T any](g *generator, of []T) T { return of[g.IntN(len(of))] }

func (g *generator) services(d *Data, n int) {
	taken := map[string]bool{}
	for len(d.nodes) < n {
		r := ref{ID: g.id(), Type: "deployment", Namespace: spaces[len(d.nodes)%len(spaces)]}
		r.Name = pick(g, words) + "-" + pick(g, kinds)
		switch {
		case len(d.nodes) == 5:
			r.Name = Hostile
		case len(d.nodes) >= n-len(hosts) && n > 20:
			r = ref{ID: r.ID, Type: "external", Name: hosts[n-len(d.nodes)-1]}
		case g.IntN(9) == 0:
			r.Type, r.Name = "stateful_set", pick(g, words)+"-db"
		}
		if taken[r.Namespace+"/"+r.Name] {
			r.Name += fmt.Sprintf("-%d", len(d.nodes))
		}
		taken[r.Namespace+"/"+r.Name] = true
		d.nodes = append(d.nodes, node{ref: r})
	}
}

// connect draws calls mostly forwards and within namespaces, as they are: a few
// services are called by many.
func (g *generator) connect(d *Data, n int) {
	seen := map[[2]int]bool{}
	for len(d.edges) < n {
		a := g.IntN(len(d.nodes))
		b := a + 1 + int(math.Abs(g.NormFloat64())*float64(len(d.nodes))/6)
		if g.IntN(10) == 0 {
			b = len(d.nodes) - 1 - g.IntN(min(12, len(d.nodes)))
		}
		if g.IntN(40) == 0 {
			b = g.IntN(len(d.nodes))
		}
		if b >= len(d.nodes) || a == b || seen[[2]int{a, b}] || d.nodes[a].Type == "external" {
			continue
		}
		seen[[2]int{a, b}] = true
		to := d.nodes[b]
		p95 := math.Exp(g.NormFloat64()*0.9 - 3.3)
		e := edge{
			Source: d.nodes[a].ID, Destination: to.ID, Protocol: "http", Port: 8080,
			Rate: math.Exp(g.NormFloat64()*1.8 + 1), P95: &p95, DataTypes: []string{},
			LeavesCluster: to.Type == "external", Updated: g.now.Add(-time.Duration(g.IntN(400)) * time.Second),
		}
		switch {
		case to.Type == "stateful_set":
			e.Protocol, e.Port = "postgresql", 5432
		case to.Type == "external":
			e.Port = 443
		}
		if g.IntN(4) == 0 {
			e.ErrorRatio = math.Exp(g.NormFloat64() - 6.5)
		}
		if g.IntN(60) == 0 {
			e.ErrorRatio = 0.01 + g.Float64()*0.1
		}
		for range g.IntN(3) * g.IntN(2) {
			if t := pick(g, dataTypes).name; !slices.Contains(e.DataTypes, t) {
				e.DataTypes = append(e.DataTypes, t)
			}
		}
		d.edges = append(d.edges, e)
	}
}

func (g *generator) symptomsOf(d *Data) {
	for i := range min(9, len(d.nodes)/2) {
		c := catalogue[i%len(catalogue)]
		n := &d.nodes[(i*37+3)%len(d.nodes)]
		if i == 1 {
			n = &d.nodes[min(5, len(d.nodes)-1)] // the hostile name is in every list
		}
		d.symptoms = append(d.symptoms, g.symptom(i, n.ref, false))
		n.OpenSymptoms++
		if n.Severity != "critical" {
			n.Severity = c.severity
		}
	}
	for i := range min(14, len(d.nodes)) {
		d.symptoms = append(d.symptoms, g.symptom(i+2, d.nodes[(i*53+8)%len(d.nodes)].ref, true))
	}
}

func (g *generator) symptom(i int, of ref, ended bool) symptom {
	c := catalogue[i%len(catalogue)]
	age := time.Duration(3+g.IntN(90)) * time.Minute
	s := symptom{
		ID: g.id(), Code: c.code, Title: c.title, Severity: c.severity, Entity: of, Phase: "update",
		Onset: g.now.Add(-age), Updated: g.now.Add(-time.Minute), Value: c.value, Baseline: c.baseline,
		Threshold: c.threshold, Unit: c.unit, Detector: c.detector, Samples: 200 + g.IntN(5000),
	}
	if ended {
		s.Onset = g.now.Add(-time.Duration(2+g.IntN(20)) * time.Hour)
		end := s.Onset.Add(age)
		s.Ended, s.Updated, s.Phase = &end, end, "end"
		if i%5 == 0 {
			s.Phase = "expired"
		}
	}
	from := s.Onset.Add(-age/2 - 10*time.Minute)
	for t := from; !t.After(s.Updated); t = t.Add(max(time.Minute, age/60)) {
		v := c.baseline * (1 + 0.12*g.NormFloat64())
		if t.After(s.Onset) {
			rise := math.Min(1, t.Sub(s.Onset).Minutes()/6)
			v = c.baseline + (c.value-c.baseline)*rise*(1+0.1*g.NormFloat64())
		}
		s.History = append(s.History, point{float64(t.Unix()), math.Max(0, v)})
	}
	return s
}

func (g *generator) flowsOf(d *Data) {
	byID := map[string]ref{}
	for _, n := range d.nodes {
		byID[n.ID] = n.ref
	}
	for _, e := range d.edges {
		for _, name := range e.DataTypes {
			for _, t := range dataTypes {
				if t.name != name {
					continue
				}
				first := g.now.Add(-time.Duration(g.IntN(60*24*30)) * time.Minute)
				d.flows = append(d.flows, flow{
					Source: byID[e.Source], Destination: byID[e.Destination], DataType: t.name, Sensitivity: t.sensitivity,
					Method: pick(g, []string{"GET", "POST", "PUT"}), Route: "/v1/" + pick(g, words) + "s/{id}",
					Direction: pick(g, []string{"request", "response"}), FieldPath: pick(g, t.paths),
					Seen: 1 + int(math.Exp(g.Float64()*11)), First: first, Last: g.now.Add(-time.Duration(g.IntN(600)) * time.Second),
					Encrypted: e.LeavesCluster || g.IntN(3) == 0, LeavesCluster: e.LeavesCluster,
				})
			}
		}
	}
}

func (g *generator) sent(d *Data) {
	sender, session := g.id(), g.id()
	for i := range 130 {
		at := g.now.Add(-time.Duration(i) * time.Minute)
		e := envelope{
			Received: at, Sender: sender, Session: session, Sequence: 9000 - i, Bytes: 180 + g.IntN(2400),
			Digest: g.id() + g.id() + g.id() + g.id(),
			Facts:  map[string]int{"entities": g.IntN(3), "edges": g.IntN(9), "symptoms": g.IntN(2), "flows": g.IntN(2), "changes": 0},
		}
		var edges []map[string]any
		for range e.Facts["edges"] {
			x := pick(g, d.edges)
			edges = append(edges, map[string]any{
				"source": g.ref(d, x.Source), "destination": g.ref(d, x.Destination), "protocol": x.Protocol, "port": x.Port,
				"rate": math.Round(x.Rate*10) / 10, "error_ratio": math.Round(x.ErrorRatio*1e4) / 1e4,
			})
		}
		e.Reports = []map[string]any{{
			"agent": g.id(), "epoch": g.id(), "sequence": 400 - i, "start": at.Add(-time.Minute), "window_seconds": 60,
			"snapshot": i%60 == 0, "edges": edges,
			"coverage": map[string]any{"exchanges_seen": 20000 + g.IntN(9000), "exchanges_lost": g.IntN(40), "sampling": 1},
		}}
		d.envelopes = append(d.envelopes, e)
	}
	for i := range 14 {
		nodes := 12
		d.days = append(d.days, map[string]any{
			"day": g.now.AddDate(0, 0, -i).Format(time.DateOnly), "nodes": nodes,
			"bytes": nodes * (14_000 + g.IntN(9_000)), "envelopes": 1400 + g.IntN(60),
		})
	}
	for i := range 12 {
		d.agents = append(d.agents, map[string]any{
			"agent": g.id(), "last_report": g.now.Add(-time.Duration(g.IntN(50)) * time.Second), "exchanges_seen": 1_200_000 + g.IntN(9_000_000),
			"exchanges_lost": g.IntN(4000) * (1 + 40*(i/11)), "sampling": []float64{1, 1, 1, 0.25}[i%4], "bytes_parsed": g.Int64N(9e11),
			"facts_left_out": g.IntN(40) * (i % 2), "names_pseudonymised": g.IntN(5),
		})
	}
}

func (g *generator) ref(d *Data, id string) ref {
	for _, n := range d.nodes {
		if n.ID == id {
			return n.ref
		}
	}
	return ref{ID: id}
}

// series is a day of a figure with a daily cycle.
func (g *generator) series(around, noise float64) []point {
	var out []point
	for i := range 288 {
		t := g.now.Add(time.Duration(i-287) * 5 * time.Minute)
		day := 1 + 0.4*math.Sin(float64(t.Unix())/86400*2*math.Pi)
		out = append(out, point{float64(t.Unix()), math.Max(0, around*day*(1+noise*g.NormFloat64()))})
	}
	return out
}
