package ledger

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// Show calls each for every entry, oldest first. It ends at the first line that
// is not as it should be, with an error that names it.
func Show(dir string, each func(*Entry) error) error {
	var v Verdict
	return walk(dir, &v, each)
}

// Print writes an entry for people: a head and one line a fact.
func Print(w io.Writer, e *Entry) error {
	p := printer{w: w, names: map[uint32]string{}, entities: e.Entities}
	for id, text := range e.Names {
		if n, err := strconv.ParseUint(id, 10, 32); err == nil {
			p.names[uint32(n)] = text
		}
	}
	for _, n := range e.Envelope.Names {
		p.names[n.Id] = n.Value
	}
	p.line("%s  envelope %d of session %s  %d bytes  digest %s", e.Time.Format(time.RFC3339), e.Sequence, e.Session, e.Bytes, e.Digest)
	for _, n := range e.Envelope.Names {
		p.line("  name      %d %s %s", n.Id, fact.Text(n.Kind), n.Value)
	}
	for _, r := range e.Envelope.Reports {
		p.report(r)
	}
	return p.err
}

type printer struct {
	w        io.Writer
	names    map[uint32]string
	entities map[string]string
	err      error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
}

func (p *printer) report(r *uplinkv1.Report) {
	snapshot := ""
	if r.Snapshot {
		snapshot = "  snapshot"
	}
	p.line("  report    %d of agent %016x epoch %016x  %s for %d s%s", r.Sequence, r.Agent, r.Epoch, moment(r.WindowStartUnixSeconds), r.WindowSeconds, snapshot)
	for _, e := range r.Entities {
		p.line("    entity  %s %s%s", fact.Text(e.Op), p.entity(e.Id), details(
			"owner", p.entity(e.Owner), "node", p.entity(e.Node), "image", p.names[e.Image], "version", p.names[e.Version],
			"zone", p.names[e.Zone], "desired", number(e.Desired), "ready", number(e.Ready)))
	}
	for _, e := range r.Edges {
		p.line("    edge    %s %s -> %s%s%s", fact.Text(e.Op), p.entity(e.Source), p.entity(e.Destination), details(
			"protocol", fact.Text(e.Protocol), "port", number(e.Port), "side", fact.Text(e.Side)), rates(e.Rates))
	}
	for _, s := range r.Symptoms {
		code := p.names[s.Custom]
		if s.Code != 0 {
			code = fact.SymptomCode(s.Code)
		}
		p.line("    symptom %s %s %s %s%s  value %v baseline %v threshold %v", fact.Text(s.Phase), fact.Text(s.Severity), code, p.entity(s.Entity), details(
			"peer", p.entity(s.Peer), "onset", moment(s.OnsetUnixSeconds), "time", moment(s.TimeUnixSeconds), "unit", fact.Text(s.Unit),
			"detector", fact.Text(s.Detector), "samples", number(s.Samples)), s.Value, s.Baseline, s.Threshold)
	}
	for _, c := range r.Changes {
		from, to := number(c.From), number(c.To)
		if c.Kind == uplinkv1.ChangeKind_CHANGE_KIND_ROLLOUT || c.Kind == uplinkv1.ChangeKind_CHANGE_KIND_IMAGE {
			from, to = p.names[c.From], p.names[c.To]
		}
		p.line("    change  %s %s%s", fact.Text(c.Kind), p.entity(c.Entity), details("time", moment(c.TimeUnixSeconds), "from", from, "to", to))
	}
	for _, f := range r.Flows {
		p.line("    flow    %s %s -> %s%s", fact.Text(f.DataType), p.entity(f.Source), p.entity(f.Destination), details(
			"sensitivity", fact.Text(f.Sensitivity), "protocol", fact.Text(f.Protocol), "method", fact.Text(f.Method), "route", p.names[f.Route],
			"direction", fact.Text(f.Direction), "field", p.names[f.FieldPath], "seen", strconv.FormatUint(f.Seen, 10),
			"first", moment(f.FirstUnixSeconds), "last", moment(f.LastUnixSeconds), "encrypted", flag(f.Encrypted), "leaves_cluster", flag(f.LeavesCluster)))
	}
	if c := r.Coverage; c != nil {
		p.line("    coverage%s", details("exchanges_seen", long(c.ExchangesSeen), "exchanges_lost", long(c.ExchangesLost), "sampling", number(c.Sampling),
			"bytes_parsed", long(c.BytesParsed), "facts_left_out", number(c.FactsLeftOut), "names_pseudonymised", number(c.NamesPseudonymised),
			"flows_left_out", number(c.FlowsLeftOut), "flow_names_pseudonymised", number(c.FlowNamesPseudonymised)))
	}
}

// entity is who an id is, or the id when the session did not tell.
func (p *printer) entity(id uint64) string {
	if id == 0 {
		return ""
	}
	if text := p.entities[strconv.FormatUint(id, 10)]; text != "" {
		return text
	}
	return fmt.Sprintf("%016x", id)
}

// details writes pairs of name and value, those with a value.
func details(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			b.WriteString("  " + pairs[i] + " " + pairs[i+1])
		}
	}
	return b.String()
}

func rates(r *uplinkv1.Rates) string {
	if r == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "  requests %.1f/s  errors %.2f %%", float64(r.Requests)/10, float64(r.Errors)/100)
	at, sum := uint32(0), uint32(0)
	for i, step := range r.BucketStep {
		at += step
		sum += r.BucketShare[i]
		_, upper := fact.BucketBounds(uint16(at))
		fmt.Fprintf(&b, "  %.2f %% < %.3g s", float64(sum)/100, upper)
	}
	return b.String()
}

func moment(unix uint64) string {
	if unix == 0 {
		return ""
	}
	return time.Unix(int64(unix), 0).UTC().Format(time.RFC3339)
}

func number(n uint32) string { return long(uint64(n)) }

func long(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

func flag(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
