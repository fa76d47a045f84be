package store

import (
	"context"
	"slices"
	"time"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// An edge stays on the map for edgeLife seconds after it was last told: agents
// tell all of theirs in a snapshot each hour.
const edgeLife = 25 * hour

// Map is who calls whom.
type Map struct {
	AsOf  time.Time `json:"as_of"`
	Nodes []Node    `json:"nodes"`
	Edges []Edge    `json:"edges"`
}

// Node is an entity on the map.
type Node struct {
	Ref
	OpenSymptoms int64  `json:"open_symptoms"`
	Severity     string `json:"severity,omitempty"` // of the gravest
}

// Edge is a line on the map.
type Edge struct {
	Source        string    `json:"source"`
	Destination   string    `json:"destination"`
	Protocol      string    `json:"protocol"`
	Port          int32     `json:"port"`
	Rate          float64   `json:"rate"`
	ErrorRatio    float64   `json:"error_ratio"`
	P95           *float64  `json:"p95_seconds,omitempty"`
	DataTypes     []string  `json:"data_types"`
	LeavesCluster bool      `json:"leaves_cluster"`
	Updated       time.Time `json:"updated"`

	id                  int64
	source, destination int64
}

// Map returns the live edges of a project, and the entities that are at an end
// of one or have an open symptom.
func (s *Store) Map(ctx context.Context, project string) (m Map, err error) {
	if m.AsOf, err = s.AsOf(ctx, project); err != nil {
		return m, err
	}
	edges, nodes, err := s.edges(ctx, project, m.AsOf, "", nil)
	if err != nil {
		return m, err
	}
	open, err := s.openSymptoms(ctx, project)
	if err != nil {
		return m, err
	}
	for _, id := range open.missing(nodes) {
		ref, err := s.refOf(ctx, project, id)
		if err != nil {
			return m, err
		}
		nodes[id] = ref
	}
	m.Edges, m.Nodes = edges, open.nodes(nodes)
	return m, nil
}

// edges reads live edges with their figures, and the entities at their ends.
// where adds a condition on e.source and e.destination.
func (s *Store) edges(ctx context.Context, project string, asOf time.Time, where string, args []any) ([]Edge, map[int64]Ref, error) {
	nodes := map[int64]Ref{}
	list, err := collect(ctx, s, s.read, func(scan func(...any) error) (e Edge, err error) {
		var a, z Ref
		var protocol, sourceType, destinationType int32
		var updated int64
		err = scan(&e.id, &e.source, &e.destination, &protocol, &e.Port, &updated,
			&sourceType, &a.Namespace, &a.Name, &destinationType, &z.Namespace, &z.Name)
		a.ID, a.Type = hex16(unsigned(e.source)), fact.Text(fact.EntityType(sourceType))
		z.ID, z.Type = hex16(unsigned(e.destination)), fact.Text(fact.EntityType(destinationType))
		nodes[e.source], nodes[e.destination] = a, z
		e.Source, e.Destination, e.Protocol = a.ID, z.ID, fact.Text(fact.Protocol(protocol))
		e.Updated, e.DataTypes = stamp(updated), []string{}
		e.LeavesCluster = destinationType == int32(uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL)
		return e, err
	}, `SELECT e.id, e.source, e.destination, e.protocol, e.port, e.last_seen, a.type, a.namespace, a.name, z.type, z.namespace, z.name
		FROM edges e JOIN entities a ON a.project_id = e.project_id AND a.id = e.source
		JOIN entities z ON z.project_id = e.project_id AND z.id = e.destination
		WHERE e.project_id = ? AND e.deleted IS NULL AND e.last_seen > ?`+where+` ORDER BY e.id`,
		append([]any{project, asOf.Unix() - edgeLife}, args...)...)
	if err != nil {
		return nil, nil, err
	}
	if err := s.fillFigures(ctx, project, asOf, list); err != nil {
		return nil, nil, err
	}
	return list, nodes, s.fillDataTypes(ctx, project, list)
}

// fillFigures adds up what the agents that still report last said. Where all
// are silent the last words stand, with their age.
func (s *Store) fillFigures(ctx context.Context, project string, asOf time.Time, list []Edge) error {
	byID := make(map[int64]*Edge, len(list))
	for i := range list {
		byID[list[i].id] = &list[i]
	}
	type voice struct {
		figures
		edge int64
	}
	voices, err := collect(ctx, s, s.read, func(scan func(...any) error) (v voice, err error) {
		v.figures, err = scanFigures(func(rest ...any) error { return scan(append([]any{&v.edge}, rest...)...) })
		return v, err
	}, `SELECT v.edge_id, v.side, v.time, v.rate, v.errors, v.durations FROM edge_agents v JOIN edges e ON e.id = v.edge_id
		JOIN agents a ON a.project_id = e.project_id AND a.id = v.agent
		WHERE e.project_id = ? AND e.deleted IS NULL AND a.last_report > ? ORDER BY v.edge_id`, project, asOf.Unix()-agentSilence)
	if err != nil {
		return err
	}
	for len(voices) > 0 {
		edge, all := voices[0].edge, []figures(nil)
		for ; len(voices) > 0 && voices[0].edge == edge; voices = voices[1:] {
			all = append(all, voices[0].figures)
		}
		if e := byID[edge]; e != nil {
			sum := add(ownersOf(all))
			e.Rate, e.ErrorRatio, e.P95, e.Updated = sum.rate, sum.errorRatio(), sum.p95(), stamp(sum.time)
		}
	}
	return nil
}

// fillDataTypes adds what was seen between the two ends of each edge.
func (s *Store) fillDataTypes(ctx context.Context, project string, list []Edge) error {
	type pair struct{ source, destination int64 }
	type row struct {
		pair
		dataType, leaves int32
	}
	rows, err := collect(ctx, s, s.read, func(scan func(...any) error) (r row, err error) {
		err = scan(&r.source, &r.destination, &r.dataType, &r.leaves)
		return r, err
	}, `SELECT source, destination, data_type, MAX(leaves_cluster) FROM flows WHERE project_id = ?
		GROUP BY source, destination, data_type ORDER BY data_type`, project)
	if err != nil {
		return err
	}
	byPair := map[pair][]row{}
	for _, r := range rows {
		byPair[r.pair] = append(byPair[r.pair], r)
	}
	for i := range list {
		for _, r := range byPair[pair{list[i].source, list[i].destination}] {
			list[i].DataTypes = append(list[i].DataTypes, fact.Text(fact.DataType(r.dataType)))
			list[i].LeavesCluster = list[i].LeavesCluster || r.leaves == 1
		}
	}
	return nil
}

// openCounts are the open symptoms of each entity.
type openCounts map[int64]struct {
	count    int64
	severity int32
}

func (s *Store) openSymptoms(ctx context.Context, project string) (openCounts, error) {
	open := openCounts{}
	_, err := collect(ctx, s, s.read, func(scan func(...any) error) (id int64, err error) {
		v := open[0]
		err = scan(&id, &v.count, &v.severity)
		open[id] = v
		return id, err
	}, "SELECT entity_id, COUNT(*), MAX(severity) FROM symptoms WHERE project_id = ? AND ended IS NULL GROUP BY entity_id", project)
	return open, err
}

// missing are the entities with symptoms that are not among nodes, in order.
func (o openCounts) missing(nodes map[int64]Ref) (ids []int64) {
	for id := range o {
		if _, ok := nodes[id]; !ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// nodes adds the symptoms to entities; sorted by id.
func (o openCounts) nodes(refs map[int64]Ref) []Node {
	list := make([]Node, 0, len(refs))
	for id, ref := range refs {
		list = append(list, Node{ref, o[id].count, fact.Text(fact.Severity(o[id].severity))})
	}
	slices.SortFunc(list, func(a, b Node) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return list
}

func (s *Store) refOf(ctx context.Context, project string, id int64) (Ref, error) {
	r := Ref{ID: hex16(unsigned(id))}
	var kind int32
	err := s.row(ctx, "SELECT type, namespace, name FROM entities WHERE project_id = ? AND id = ?", project, id).
		Scan(&kind, &r.Namespace, &r.Name)
	r.Type = fact.Text(fact.EntityType(kind))
	return r, notFound(err)
}
