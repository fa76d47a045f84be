package store

import (
	"slices"
	"strconv"
	"strings"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// An agent that was silent for agentSilence seconds no longer adds to the rates
// of its edges: they are reported on change, so what it last said would stand
// for ever.
const agentSilence = 900

// figures are the rates of an edge.
type figures struct {
	side         fact.Side
	time         int64
	rate, errors float64 // per second
	durations    fact.Histogram
}

// edgeKey tells an edge from the others of a project.
type edgeKey struct {
	source, destination uint64
	protocol            fact.Protocol
	port                uint16
	side                fact.Side
}

func (b *batch) edgeFacts(r *fact.Report, end int64) error {
	// An edge that stands twice in a report is told in parts.
	said := map[edgeKey]figures{}
	ids := map[edgeKey]int64{}
	for _, e := range r.Edges {
		for _, ref := range []fact.Ref{e.Source, e.Destination} {
			if err := b.ref(ref, end); err != nil {
				return err
			}
		}
		k := edgeKey{refID(e.Source), refID(e.Destination), e.Protocol, e.Port, e.Side}
		id, err := b.edge(k, e.Op == uplinkv1.Op_OP_DELETE, end)
		if err != nil {
			return err
		}
		if !e.HasRates {
			continue
		}
		f := said[k]
		f.side = e.Side
		seconds := max(r.Window.Seconds(), 1)
		f.rate += float64(e.Requests) / seconds
		f.errors += float64(e.Errors) / seconds
		f.durations.Merge(e.Durations)
		said[k], ids[k] = f, id
	}
	for k, f := range said {
		if err := b.edgeRates(ids[k], signed(r.Agent), end, f); err != nil {
			return err
		}
	}
	return nil
}

// edge makes sure that an edge has a row.
func (b *batch) edge(k edgeKey, gone bool, end int64) (id int64, err error) {
	var deleted any
	if gone {
		deleted = end
	}
	err = b.row(`INSERT INTO edges (project_id, source, destination, protocol, port, first_seen, last_seen, deleted) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (project_id, source, destination, protocol, port) DO UPDATE SET
			last_seen = CASE WHEN excluded.last_seen > edges.last_seen THEN excluded.last_seen ELSE edges.last_seen END,
			deleted = CASE WHEN excluded.last_seen >= edges.last_seen THEN excluded.deleted ELSE edges.deleted END
		RETURNING id`,
		b.project, signed(k.source), signed(k.destination), int32(k.protocol), int32(k.port), end, end, deleted).Scan(&id)
	return id, err
}

// edgeRates takes what an agent says of an edge, and writes the sum of all
// agents as the edge's figures, as of the youngest voice: what comes late from
// one agent can't change what the others made of that time.
func (b *batch) edgeRates(edge, agent, end int64, f figures) error {
	n, err := b.changed(`INSERT INTO edge_agents (edge_id, agent, side, time, rate, errors, durations) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (edge_id, agent, side) DO UPDATE SET time = excluded.time, rate = excluded.rate, errors = excluded.errors,
			durations = excluded.durations WHERE excluded.time >= edge_agents.time`,
		edge, agent, int32(f.side), end, f.rate, f.errors, durationText(f.durations))
	if err != nil || n == 0 {
		return err // a late report changes no figure
	}
	voices, err := collect(b.ctx, b.s, b.Tx, scanFigures, `SELECT e.side, e.time, e.rate, e.errors, e.durations FROM edge_agents e
		JOIN agents a ON a.project_id = ? AND a.id = e.agent WHERE e.edge_id = ? AND a.last_report > ?`,
		b.project, edge, b.now-agentSilence)
	if err != nil {
		return err
	}
	sum := add(ownersOf(voices))
	return b.exec(`INSERT INTO edge_rates (edge_id, time, rate, errors, durations) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (edge_id, time) DO UPDATE SET rate = excluded.rate, errors = excluded.errors, durations = excluded.durations`,
		edge, sum.time, sum.rate, sum.errors, durationText(sum.durations))
}

func scanFigures(scan func(...any) error) (f figures, err error) {
	var text string
	var side int32
	err = scan(&side, &f.time, &f.rate, &f.errors, &text)
	f.side = fact.Side(side)
	f.durations = durations(text, f.rate)
	return f, err
}

// ownersOf leaves those that count: of an edge seen at both ends the server's,
// so that each request counts once.
func ownersOf(all []figures) []figures {
	client := func(f figures) bool { return f.side == uplinkv1.Side_SIDE_CLIENT }
	if !slices.ContainsFunc(all, func(f figures) bool { return !client(f) }) {
		return all
	}
	return slices.DeleteFunc(all, client)
}

// add sums figures up; durations count by the rate that they stand for.
func add(all []figures) (sum figures) {
	for _, f := range all {
		sum.time = max(sum.time, f.time)
		sum.rate += f.rate
		sum.errors += f.errors
		sum.durations.Merge(f.durations)
	}
	return sum
}

func (f figures) errorRatio() float64 {
	if f.rate <= 0 {
		return 0
	}
	return min(f.errors/f.rate, 1)
}

// p95 is nil when no duration is known.
func (f figures) p95() *float64 {
	v, ok := f.durations.Quantile(0.95)
	if !ok {
		return nil
	}
	return &v
}

// durationText writes a histogram as bucket:basis points, comma-separated.
func durationText(h fact.Histogram) string {
	var b strings.Builder
	for i, s := range h.Quantise() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(int(s.Bucket)))
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(int(s.BasisPoints)))
	}
	return b.String()
}

// durations reads it back, weighted by the rate so that sums are right.
func durations(text string, rate float64) fact.Histogram {
	if text == "" {
		return fact.Histogram{}
	}
	var shares []fact.Share
	for part := range strings.SplitSeq(text, ",") {
		bucket, share, _ := strings.Cut(part, ":")
		i, _ := strconv.ParseUint(bucket, 10, 16)
		n, _ := strconv.ParseUint(share, 10, 32)
		shares = append(shares, fact.Share{Bucket: uint16(i), BasisPoints: uint32(n)})
	}
	return fact.FromShares(shares, max(uint64(rate*1000), 10000))
}
