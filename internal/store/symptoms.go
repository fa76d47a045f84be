package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/internal/fact"
)

// Symptom is an occurrence as the API shows it.
type Symptom struct {
	ID        string       `json:"id"`
	Code      string       `json:"code"`
	Title     string       `json:"title"`
	Severity  string       `json:"severity"`
	Entity    Ref          `json:"entity"`
	Peer      *Ref         `json:"peer,omitempty"`
	Phase     string       `json:"phase"`
	Onset     time.Time    `json:"onset"`
	Updated   time.Time    `json:"updated"`
	Ended     *time.Time   `json:"ended,omitempty"`
	Value     float64      `json:"value"`
	Baseline  float64      `json:"baseline"`
	Threshold float64      `json:"threshold"`
	Unit      string       `json:"unit"`
	Detector  string       `json:"detector"`
	Samples   int64        `json:"samples"`
	History   [][2]float64 `json:"history"`

	id       int64
	severity int32
}

const (
	maxSymptoms      = 1000
	maxHistoryPoints = 120
	historySeconds   = day
)

func (b *batch) symptomFacts(r *fact.Report, end int64) error {
	for _, s := range r.Symptoms {
		for _, ref := range []fact.Ref{s.Entity, s.Peer} {
			if err := b.ref(ref, end); err != nil {
				return err
			}
		}
		if err := b.symptom(s); err != nil {
			return err
		}
	}
	return nil
}

// symptom writes one statement of an occurrence. What is older than what is
// known leaves a point of history alone. A statement that a symptom is open
// reopens one that had expired, since that was inferred; one that ended stays
// ended.
func (b *batch) symptom(s fact.Symptom) error {
	at, id := b.clip(s.Time), signed(symptomID(s))
	var ended any
	if s.Phase == uplinkv1.Phase_PHASE_END || s.Phase == uplinkv1.Phase_PHASE_EXPIRED {
		ended = at
	}
	if err := b.exec(`INSERT INTO symptoms (project_id, id, code, entity_id, peer_id, severity, phase, onset, updated, heard, ended,
			value, baseline, threshold, unit, detector, samples) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (project_id, id) DO UPDATE SET severity = excluded.severity, phase = excluded.phase, updated = excluded.updated,
			heard = excluded.heard, ended = excluded.ended, value = excluded.value, baseline = excluded.baseline,
			threshold = excluded.threshold, samples = excluded.samples
		WHERE excluded.updated >= symptoms.updated AND symptoms.phase <> ?`,
		b.project, id, s.Code, signed(refID(s.Entity)), idOrNull(s.Peer), int32(s.Severity), int32(s.Phase), b.clip(s.Onset), at, b.now, ended,
		s.Value, s.Baseline, s.Threshold, int32(s.Unit), int32(s.Detector), s.Samples, int32(uplinkv1.Phase_PHASE_END)); err != nil {
		return err
	}
	return b.exec(`INSERT INTO symptom_points (project_id, symptom_id, time, value) VALUES (?, ?, ?, ?)
		ON CONFLICT (project_id, symptom_id, time) DO UPDATE SET value = excluded.value`, b.project, id, at, s.Value)
}

// expireSymptoms closes those that nobody reported for three intervals, and
// tells how many. Nothing expires until the store was open for as long: what
// waits at the senders comes first.
func (t *tx) expireSymptoms() (int64, error) {
	patience := 3 * t.s.symptomInterval
	if t.s.opened+patience > t.now {
		return 0, nil
	}
	return t.changed("UPDATE symptoms SET phase = ?, ended = ? WHERE ended IS NULL AND heard < ?",
		int32(uplinkv1.Phase_PHASE_EXPIRED), t.now, t.now-patience)
}

const symptomColumns = `SELECT s.id, s.code, s.severity, s.phase, s.onset, s.updated, s.ended, s.value, s.baseline, s.threshold,
	s.unit, s.detector, s.samples, e.id, e.type, e.namespace, e.name, p.id, p.type, p.namespace, p.name
	FROM symptoms s JOIN entities e ON e.project_id = s.project_id AND e.id = s.entity_id
	LEFT JOIN entities p ON p.project_id = s.project_id AND p.id = s.peer_id WHERE s.project_id = ?`

// Symptoms returns the open ones, or with all those that changed since a time,
// the gravest first, then the youngest.
func (s *Store) Symptoms(ctx context.Context, project string, all bool, since time.Time) ([]Symptom, error) {
	if all {
		return s.symptoms(ctx, project, " AND s.updated >= ? ORDER BY s.severity DESC, s.onset DESC, s.id LIMIT ?", project, since.Unix(), maxSymptoms)
	}
	return s.symptoms(ctx, project, " AND s.ended IS NULL ORDER BY s.severity DESC, s.onset DESC, s.id LIMIT ?", project, maxSymptoms)
}

// symptoms reads those that the end of the statement selects, with their history.
func (s *Store) symptoms(ctx context.Context, project, where string, args ...any) ([]Symptom, error) {
	list, err := collect(ctx, s, s.read, scanSymptom, symptomColumns+where, args...)
	if err != nil {
		return nil, err
	}
	for chunk := range slices.Chunk(list, 200) {
		if err := s.histories(ctx, project, chunk); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// histories fills in the points of the last day of each symptom's life.
func (s *Store) histories(ctx context.Context, project string, list []Symptom) error {
	type point struct {
		symptom, time int64
		value         float64
	}
	args := []any{project}
	byID := make(map[int64]*Symptom, len(list))
	for i := range list {
		args = append(args, list[i].id)
		byID[list[i].id] = &list[i]
	}
	points, err := collect(ctx, s, s.read, func(scan func(...any) error) (p point, err error) {
		err = scan(&p.symptom, &p.time, &p.value)
		return p, err
	}, `SELECT symptom_id, time, value FROM symptom_points WHERE project_id = ? AND symptom_id IN (?`+
		strings.Repeat(", ?", len(list)-1)+`) ORDER BY symptom_id, time`, args...)
	if err != nil {
		return err
	}
	for _, p := range points {
		if v := byID[p.symptom]; p.time >= v.Updated.Unix()-historySeconds {
			v.History = append(v.History, [2]float64{float64(p.time), p.value})
		}
	}
	for i := range list {
		list[i].History = thin(list[i].History, maxHistoryPoints)
	}
	return nil
}

// thin leaves at most limit points, of each stretch the one that is farthest
// from nought, so that no peak gets lost; the last stays.
func thin(points [][2]float64, limit int) [][2]float64 {
	if len(points) <= limit {
		return points
	}
	out := make([][2]float64, 0, limit)
	rest := points[:len(points)-1]
	for i := range limit - 1 {
		stretch := rest[i*len(rest)/(limit-1) : (i+1)*len(rest)/(limit-1)]
		out = append(out, slices.MaxFunc(stretch, func(a, b [2]float64) int { return cmp.Compare(a[1]*a[1], b[1]*b[1]) }))
	}
	return append(out, points[len(points)-1])
}

func scanSymptom(scan func(...any) error) (v Symptom, err error) {
	var onset, updated, entity int64
	var phase, unit, detector, kind int32
	var ended, peer, peerKind sql.NullInt64
	var peerNamespace, peerName sql.NullString
	err = scan(&v.id, &v.Code, &v.severity, &phase, &onset, &updated, &ended, &v.Value, &v.Baseline, &v.Threshold,
		&unit, &detector, &v.Samples, &entity, &kind, &v.Entity.Namespace, &v.Entity.Name, &peer, &peerKind, &peerNamespace, &peerName)
	v.ID, v.Entity.ID, v.Entity.Type = hex16(unsigned(v.id)), hex16(unsigned(entity)), fact.Text(fact.EntityType(kind))
	v.Severity, v.Phase = fact.Text(fact.Severity(v.severity)), fact.Text(fact.Phase(phase))
	v.Unit, v.Detector = unitText(fact.Unit(unit)), fact.Text(fact.Detector(detector))
	v.Onset, v.Updated, v.Ended, v.History = stamp(onset), stamp(updated), stampOrNil(ended), [][2]float64{}
	if peer.Valid {
		v.Peer = &Ref{hex16(unsigned(peer.Int64)), fact.Text(fact.EntityType(peerKind.Int64)), peerNamespace.String, peerName.String}
	}
	return v, err
}
