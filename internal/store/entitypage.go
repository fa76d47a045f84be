package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/weir-telemetry/weir/internal/fact"
)

const (
	maxEntities  = 500
	seriesLength = day // seconds that the charts show at most
	seriesPoints = 288 // and of how many points
	seriesStep   = 10  // seconds between two of them at least
)

// EntityRow is an entity in a list.
type EntityRow struct {
	Node
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	Deleted   bool      `json:"deleted"`
}

// EntityPage is all that is known of one entity.
type EntityPage struct {
	AsOf      time.Time     `json:"as_of"`
	Entity    EntityDetails `json:"entity"`
	FirstSeen time.Time     `json:"first_seen"`
	LastSeen  time.Time     `json:"last_seen"`
	Deleted   bool          `json:"deleted"`
	EdgesIn   []Edge        `json:"edges_in"`
	EdgesOut  []Edge        `json:"edges_out"`
	Nodes     []Node        `json:"nodes"`
	Series    Series        `json:"series"`
	Symptoms  []Symptom     `json:"symptoms"`
}

// EntityDetails is what an entity says of itself.
type EntityDetails struct {
	Ref
	Image   string `json:"image,omitempty"`
	Version string `json:"version,omitempty"`
	Zone    string `json:"zone,omitempty"`
	Desired int64  `json:"desired,omitempty"`
	Ready   int64  `json:"ready,omitempty"`
	Owner   *Ref   `json:"owner,omitempty"`
	Node    *Ref   `json:"node,omitempty"`
}

// Series are the golden signals, pairs of Unix seconds and a value.
type Series struct {
	Rate       [][2]float64 `json:"rate"`
	ErrorRatio [][2]float64 `json:"error_ratio"`
	P95        [][2]float64 `json:"p95_seconds"`
}

// Entities finds by a part of name or namespace, those with open symptoms
// first, then those seen last.
func (s *Store) Entities(ctx context.Context, project, query string) ([]EntityRow, error) {
	pattern := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(query)) + "%"
	return collect(ctx, s, s.read, func(scan func(...any) error) (e EntityRow, err error) {
		var id, first, last int64
		var kind, severity int32
		var deleted sql.NullInt64
		err = scan(&id, &kind, &e.Namespace, &e.Name, &first, &last, &deleted, &e.OpenSymptoms, &severity)
		e.ID, e.Type, e.Severity = hex16(unsigned(id)), fact.Text(fact.EntityType(kind)), fact.Text(fact.Severity(severity))
		e.FirstSeen, e.LastSeen, e.Deleted = stamp(first), stamp(last), deleted.Valid
		return e, err
	}, `SELECT e.id, e.type, e.namespace, e.name, e.first_seen, e.last_seen, e.deleted, COUNT(s.id), COALESCE(MAX(s.severity), 0)
		FROM entities e LEFT JOIN symptoms s ON s.project_id = e.project_id AND s.entity_id = e.id AND s.ended IS NULL
		WHERE e.project_id = ? AND (LOWER(e.name) LIKE ? ESCAPE '\' OR LOWER(e.namespace) LIKE ? ESCAPE '\')
		GROUP BY e.id, e.type, e.namespace, e.name, e.first_seen, e.last_seen, e.deleted
		ORDER BY COUNT(s.id) DESC, e.last_seen DESC, e.id LIMIT ?`, project, pattern, pattern, maxEntities)
}

// Entity returns one entity, its edges, the signals of the last day and its
// symptoms, open and past.
func (s *Store) Entity(ctx context.Context, project string, id uint64) (p EntityPage, err error) {
	if p.AsOf, err = s.AsOf(ctx, project); err != nil {
		return p, err
	}
	key := signed(id)
	if err := s.entityDetails(ctx, project, key, &p); err != nil {
		return p, err
	}
	edges, nodes, err := s.edges(ctx, project, p.AsOf, " AND (e.source = ? OR e.destination = ?)", []any{key, key})
	if err != nil {
		return p, err
	}
	p.EdgesIn, p.EdgesOut = []Edge{}, []Edge{}
	for _, e := range edges {
		if e.destination == key {
			p.EdgesIn = append(p.EdgesIn, e)
		} else {
			p.EdgesOut = append(p.EdgesOut, e)
		}
	}
	delete(nodes, key)
	open, err := s.openSymptoms(ctx, project)
	if err != nil {
		return p, err
	}
	p.Nodes = open.nodes(nodes)
	shown := p.EdgesIn
	if len(shown) == 0 {
		shown = p.EdgesOut
	}
	if p.Series, err = s.series(ctx, p.AsOf, shown); err != nil {
		return p, err
	}
	p.Symptoms, err = s.symptoms(ctx, project, " AND s.entity_id = ? ORDER BY CASE WHEN s.ended IS NULL THEN 0 ELSE 1 END, s.onset DESC, s.id LIMIT 100", project, key)
	return p, err
}

func (s *Store) entityDetails(ctx context.Context, project string, key int64, p *EntityPage) error {
	e := &p.Entity
	var kind int32
	var first, last int64
	var owner, node, deleted sql.NullInt64
	err := s.row(ctx, `SELECT type, namespace, name, image, version, zone, owner_id, node_id, desired, ready, first_seen, last_seen, deleted
		FROM entities WHERE project_id = ? AND id = ?`, project, key).
		Scan(&kind, &e.Namespace, &e.Name, &e.Image, &e.Version, &e.Zone, &owner, &node, &e.Desired, &e.Ready, &first, &last, &deleted)
	if err != nil {
		return notFound(err)
	}
	e.ID, e.Type = hex16(unsigned(key)), fact.Text(fact.EntityType(kind))
	p.FirstSeen, p.LastSeen, p.Deleted = stamp(first), stamp(last), deleted.Valid
	if e.Owner, err = s.refOrNil(ctx, project, owner); err != nil {
		return err
	}
	e.Node, err = s.refOrNil(ctx, project, node)
	return err
}

func (s *Store) refOrNil(ctx context.Context, project string, id sql.NullInt64) (*Ref, error) {
	if !id.Valid {
		return nil, nil
	}
	ref, err := s.refOf(ctx, project, id.Int64)
	return &ref, err
}

// series adds the edges up, step by step. An edge's figures are told on
// change, so each stands until the next, as long as the charts reach.
func (s *Store) series(ctx context.Context, asOf time.Time, edges []Edge) (Series, error) {
	out := Series{[][2]float64{}, [][2]float64{}, [][2]float64{}}
	if len(edges) == 0 {
		return out, nil
	}
	type sample struct {
		figures
		edge int64
	}
	end := asOf.Unix()
	start := end - seriesLength
	args := make([]any, 0, len(edges)+1)
	for _, e := range edges {
		args = append(args, e.id)
	}
	samples, err := collect(ctx, s, s.read, func(scan func(...any) error) (v sample, err error) {
		v.figures, err = scanFigures(func(rest ...any) error { return scan(append([]any{&v.edge}, rest...)...) })
		return v, err
	}, `SELECT edge_id, 0, time, rate, errors, durations FROM edge_rates WHERE edge_id IN (?`+strings.Repeat(", ?", len(edges)-1)+
		`) AND time > ? ORDER BY time, edge_id`, append(args, start-seriesLength)...)
	if err != nil {
		return out, err
	}
	if len(samples) == 0 {
		return out, nil
	}
	start = max(start, samples[0].time)
	step := max((end-start)/seriesPoints, seriesStep)
	current := map[int64]figures{}
	next := 0
	for at := start; at < end+step; at += step {
		at := min(at, end)
		for ; next < len(samples) && samples[next].time <= at; next++ {
			current[samples[next].edge] = samples[next].figures
		}
		var all []figures
		for _, e := range edges { // in one order, so that sums are the same each time
			all = append(all, current[e.id])
		}
		sum := add(all)
		out.Rate = append(out.Rate, [2]float64{float64(at), sum.rate})
		out.ErrorRatio = append(out.ErrorRatio, [2]float64{float64(at), sum.errorRatio()})
		if p95 := sum.p95(); p95 != nil {
			out.P95 = append(out.P95, [2]float64{float64(at), *p95})
		}
	}
	return out, nil
}
