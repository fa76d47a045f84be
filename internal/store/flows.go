package store

import (
	"context"
	"time"

	"github.com/weir-telemetry/weir/internal/fact"
)

// Flow says where a data type was seen.
type Flow struct {
	Source        Ref       `json:"source"`
	Destination   Ref       `json:"destination"`
	DataType      string    `json:"data_type"`
	Sensitivity   string    `json:"sensitivity"`
	Method        string    `json:"method"`
	Route         string    `json:"route"`
	Direction     string    `json:"direction"`
	FieldPath     string    `json:"field_path"`
	Seen          int64     `json:"seen"`
	First         time.Time `json:"first"`
	Last          time.Time `json:"last"`
	Encrypted     bool      `json:"encrypted"`
	LeavesCluster bool      `json:"leaves_cluster"`
}

// maxFlows bounds an answer.
const maxFlows = 5000

// flowFacts adds up sightings. A flow counts as encrypted while it was never
// seen otherwise, and leaves the cluster once it was seen to.
func (b *batch) flowFacts(r *fact.Report, end int64) error {
	for _, f := range r.Flows {
		for _, ref := range []fact.Ref{f.Source, f.Destination} {
			if err := b.ref(ref, end); err != nil {
				return err
			}
		}
		if err := b.exec(`INSERT INTO flows (project_id, source, destination, protocol, method, route, direction, data_type, field_path,
				sensitivity, seen, first_seen, last_seen, encrypted, leaves_cluster) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (project_id, source, destination, protocol, method, route, direction, data_type, field_path) DO UPDATE SET
				sensitivity = excluded.sensitivity, seen = flows.seen + excluded.seen,
				first_seen = CASE WHEN excluded.first_seen < flows.first_seen THEN excluded.first_seen ELSE flows.first_seen END,
				last_seen = CASE WHEN excluded.last_seen > flows.last_seen THEN excluded.last_seen ELSE flows.last_seen END,
				encrypted = flows.encrypted * excluded.encrypted,
				leaves_cluster = CASE WHEN excluded.leaves_cluster = 1 THEN 1 ELSE flows.leaves_cluster END`,
			b.project, signed(refID(f.Source)), signed(refID(f.Destination)), int32(f.Protocol), int32(f.Method), f.Route, int32(f.Direction),
			int32(f.DataType), f.FieldPath, int32(f.Sensitivity), count(f.Seen), b.clip(f.First), b.clip(f.Last),
			flag(f.Encrypted), flag(f.LeavesCluster)); err != nil {
			return err
		}
	}
	return nil
}

func flag(v bool) int32 {
	if v {
		return 1
	}
	return 0
}

// Flows returns a project's flows, those that were first seen last at the head.
func (s *Store) Flows(ctx context.Context, project string) ([]Flow, error) {
	return collect(ctx, s, s.read, func(scan func(...any) error) (f Flow, err error) {
		var source, destination, first, last int64
		var sourceType, destinationType, dataType, sensitivity, method, direction, encrypted, leaves int32
		err = scan(&source, &sourceType, &f.Source.Namespace, &f.Source.Name,
			&destination, &destinationType, &f.Destination.Namespace, &f.Destination.Name,
			&dataType, &sensitivity, &method, &f.Route, &direction, &f.FieldPath, &f.Seen, &first, &last, &encrypted, &leaves)
		f.Source.ID, f.Source.Type = hex16(unsigned(source)), fact.Text(fact.EntityType(sourceType))
		f.Destination.ID, f.Destination.Type = hex16(unsigned(destination)), fact.Text(fact.EntityType(destinationType))
		f.DataType, f.Sensitivity = fact.Text(fact.DataType(dataType)), fact.Text(fact.Sensitivity(sensitivity))
		f.Method, f.Direction = fact.Text(fact.Method(method)), fact.Text(fact.Direction(direction))
		f.First, f.Last, f.Encrypted, f.LeavesCluster = stamp(first), stamp(last), encrypted == 1, leaves == 1
		return f, err
	}, `SELECT a.id, a.type, a.namespace, a.name, z.id, z.type, z.namespace, z.name, f.data_type, f.sensitivity, f.method, f.route,
			f.direction, f.field_path, f.seen, f.first_seen, f.last_seen, f.encrypted, f.leaves_cluster
		FROM flows f JOIN entities a ON a.project_id = f.project_id AND a.id = f.source
		JOIN entities z ON z.project_id = f.project_id AND z.id = f.destination
		WHERE f.project_id = ? ORDER BY f.first_seen DESC, f.id DESC LIMIT ?`, project, maxFlows)
}
