package store

import (
	"context"
	"time"

	"github.com/weir-telemetry/weir/internal/fact"
)

const (
	hour = 3600
	day  = 24 * hour
)

// Agent is how much one agent saw in the last 24 hours.
type Agent struct {
	Agent              string    `json:"agent"`
	LastReport         time.Time `json:"last_report"`
	ExchangesSeen      int64     `json:"exchanges_seen"`
	ExchangesLost      int64     `json:"exchanges_lost"`
	Sampling           float64   `json:"sampling"`
	BytesParsed        int64     `json:"bytes_parsed"`
	FactsLeftOut       int64     `json:"facts_left_out"`
	NamesPseudonymised int64     `json:"names_pseudonymised"`
}

// agent notes that an agent reported, whatever becomes of the report.
func (b *batch) agent(r *fact.Report) error {
	return b.exec(`INSERT INTO agents (project_id, id, first_report, last_report, sampling) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (project_id, id) DO UPDATE SET last_report = excluded.last_report, sampling = excluded.sampling`,
		b.project, signed(r.Agent), b.now, b.now, r.Coverage.SamplingBasisPoints)
}

func (b *batch) coverageFacts(r *fact.Report, _ int64) error {
	c := r.Coverage
	return b.exec(`INSERT INTO coverage (project_id, agent, hour, seen, lost, bytes, left_out, pseudonyms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (project_id, agent, hour) DO UPDATE SET seen = coverage.seen + excluded.seen, lost = coverage.lost + excluded.lost,
		bytes = coverage.bytes + excluded.bytes, left_out = coverage.left_out + excluded.left_out,
		pseudonyms = coverage.pseudonyms + excluded.pseudonyms`,
		b.project, signed(r.Agent), b.now/hour*hour, count(c.ExchangesSeen), count(c.ExchangesLost), count(c.BytesParsed),
		int64(c.FactsLeftOut)+int64(c.FlowsLeftOut), int64(c.NamesPseudonymised)+int64(c.FlowNamesPseudonymised))
}

// count is a number of the wire as one that can be added up: sums of what
// liars send must not overflow.
func count(n uint64) int64 { return int64(min(n, 1<<48)) } // #nosec G115 -- bounded

// Coverage returns all agents that reported within the last seven days, the
// most silent first.
func (s *Store) Coverage(ctx context.Context, project string) ([]Agent, error) {
	now := s.clock().Unix()
	return collect(ctx, s, s.read, func(scan func(...any) error) (a Agent, err error) {
		var id, last, sampling int64
		err = scan(&id, &last, &sampling, &a.ExchangesSeen, &a.ExchangesLost, &a.BytesParsed, &a.FactsLeftOut, &a.NamesPseudonymised)
		a.Agent, a.LastReport, a.Sampling = hex16(unsigned(id)), stamp(last), float64(sampling)/10000
		return a, err
	}, `SELECT a.id, a.last_report, a.sampling, CAST(COALESCE(SUM(c.seen), 0) AS BIGINT), CAST(COALESCE(SUM(c.lost), 0) AS BIGINT),
			CAST(COALESCE(SUM(c.bytes), 0) AS BIGINT), CAST(COALESCE(SUM(c.left_out), 0) AS BIGINT), CAST(COALESCE(SUM(c.pseudonyms), 0) AS BIGINT)
		FROM agents a LEFT JOIN coverage c ON c.project_id = a.project_id AND c.agent = a.id AND c.hour > ?
		WHERE a.project_id = ? AND a.last_report > ? GROUP BY a.id, a.last_report, a.sampling ORDER BY a.last_report, a.id`,
		now-day, project, now-7*day)
}

// AsOf is when the newest report of a project came; the present without any.
func (s *Store) AsOf(ctx context.Context, project string) (time.Time, error) {
	var last int64
	if err := s.row(ctx, "SELECT last_report FROM projects WHERE id = ?", project).Scan(&last); err != nil {
		return time.Time{}, notFound(err)
	}
	if last == 0 {
		last = s.clock().Unix()
	}
	return stamp(last), nil
}
