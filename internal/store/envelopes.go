package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/weir-telemetry/weir/internal/fact"
)

const envelopePage = 50

// EnvelopeView is an envelope as the API shows it.
type EnvelopeView struct {
	Received time.Time       `json:"received"`
	Sender   string          `json:"sender"`
	Session  string          `json:"session"`
	Sequence int64           `json:"sequence"`
	Digest   string          `json:"digest"`
	Bytes    int64           `json:"bytes"`
	Facts    FactCounts      `json:"facts"`
	Reports  json.RawMessage `json:"reports"`
}

// FactCounts counts facts by kind.
type FactCounts struct {
	Entities int64 `json:"entities"`
	Edges    int64 `json:"edges"`
	Symptoms int64 `json:"symptoms"`
	Flows    int64 `json:"flows"`
	Changes  int64 `json:"changes"`
}

// EgressDay is what came on one day, UTC.
type EgressDay struct {
	Day       string `json:"day"`
	Bytes     int64  `json:"bytes"`
	Envelopes int64  `json:"envelopes"`
	Nodes     int64  `json:"nodes"`
}

// Verdict is what Verify found.
type Verdict struct {
	OK        bool   `json:"ok"`
	Envelopes int64  `json:"envelopes"`
	Problem   string `json:"problem,omitempty"`
}

// storedEnvelope is a row.
type storedEnvelope struct {
	id, receivedMS, bytes     int64
	sender, session, sequence int64
	digest                    string
	facts                     FactCounts
	chain, reports            string
}

// link is the digest over the envelope before and this one.
func (e *storedEnvelope) link(before string) string {
	h := sha256.New()
	body := sha256.Sum256([]byte(e.reports))
	fmt.Fprintf(h, "%s %d %d %d %d %d %s %d %d %d %d %d %x", before, e.receivedMS, e.bytes, e.sender, e.session, e.sequence, e.digest,
		e.facts.Entities, e.facts.Edges, e.facts.Symptoms, e.facts.Flows, e.facts.Changes, body)
	return hex.EncodeToString(h.Sum(nil))
}

// envelopes writes a row for each envelope that reports came in. One that is
// there already adds nothing. Reports of the same process came in none.
func (b *batch) envelopes(came []prepared) error {
	var order []fact.Origin
	reports := map[fact.Origin][]prepared{}
	for _, p := range came {
		if p.Origin == nil {
			continue
		}
		o := *p.Origin
		if len(reports[o]) == 0 {
			order = append(order, o)
		}
		reports[o] = append(reports[o], p)
	}
	if len(order) == 0 {
		return nil
	}
	head := ""
	err := b.row("SELECT head FROM envelope_chains WHERE project_id = ?", b.project).Scan(&head)
	if errors.Is(err, sql.ErrNoRows) {
		err = b.exec("INSERT INTO envelope_chains (project_id, anchor, head) VALUES (?, '', '')", b.project)
	}
	if err != nil {
		return err
	}
	for _, e := range order {
		if head, err = b.envelope(e, reports[e], head); err != nil {
			return err
		}
	}
	return b.exec("UPDATE envelope_chains SET head = ? WHERE project_id = ?", head, b.project)
}

func (b *batch) envelope(e fact.Origin, reports []prepared, head string) (string, error) {
	row := storedEnvelope{
		receivedMS: b.s.clock().UnixMilli(), bytes: int64(e.Bytes), digest: hex.EncodeToString(e.Digest[:]),
		sender: signed(e.Sender), session: signed(e.Session), sequence: signed(e.Sequence),
	}
	texts := make([]json.RawMessage, 0, len(reports))
	for _, r := range reports {
		texts = append(texts, r.text)
		row.facts.Entities += int64(len(r.Entities))
		row.facts.Edges += int64(len(r.Edges))
		row.facts.Symptoms += int64(len(r.Symptoms))
		row.facts.Flows += int64(len(r.Flows))
		row.facts.Changes += int64(len(r.Changes))
	}
	body, err := json.Marshal(texts)
	if err != nil {
		return "", err
	}
	row.reports = string(body)
	link := row.link(head)
	n, err := b.changed(`INSERT INTO envelopes (project_id, received_ms, bytes, sender, session, sequence, digest,
			entities, edges, symptoms, flows, changes, chain, reports) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (project_id, session, sequence) DO NOTHING`,
		b.project, row.receivedMS, row.bytes, row.sender, row.session, row.sequence, row.digest,
		row.facts.Entities, row.facts.Edges, row.facts.Symptoms, row.facts.Flows, row.facts.Changes, link, row.reports)
	if err != nil || n == 0 {
		return head, err
	}
	return link, nil
}

const envelopeColumns = `SELECT id, received_ms, bytes, sender, session, sequence, digest, entities, edges, symptoms, flows, changes, chain, reports
	FROM envelopes WHERE project_id = ? `

func scanEnvelope(scan func(...any) error) (e storedEnvelope, err error) {
	err = scan(&e.id, &e.receivedMS, &e.bytes, &e.sender, &e.session, &e.sequence, &e.digest,
		&e.facts.Entities, &e.facts.Edges, &e.facts.Symptoms, &e.facts.Flows, &e.facts.Changes, &e.chain, &e.reports)
	return e, err
}

// Envelopes returns a page, the newest first, and where the next one begins.
func (s *Store) Envelopes(ctx context.Context, project, before string) (list []EnvelopeView, next string, err error) {
	limit, err := pageStart(before)
	if err != nil {
		return nil, "", err
	}
	rows, err := collect(ctx, s, s.read, scanEnvelope, envelopeColumns+"AND id < ? ORDER BY id DESC LIMIT ?", project, limit, envelopePage)
	list = make([]EnvelopeView, 0, len(rows))
	for _, e := range rows {
		list = append(list, EnvelopeView{
			Received: time.UnixMilli(e.receivedMS).UTC(), Sender: hex16(unsigned(e.sender)), Session: hex16(unsigned(e.session)),
			Sequence: e.sequence, Digest: e.digest, Bytes: e.bytes, Facts: e.facts, Reports: json.RawMessage(e.reports),
		})
	}
	if len(rows) == envelopePage {
		next = strconv.FormatInt(rows[len(rows)-1].id, 10)
	}
	return list, next, err
}

// EgressDays sums up the last 31 days, the newest first.
func (s *Store) EgressDays(ctx context.Context, project string) ([]EgressDay, error) {
	since := s.clock().Unix()/day*day - 30*day
	type sum struct{ day, a, b int64 }
	scan := func(scan func(...any) error) (v sum, err error) {
		err = scan(&v.day, &v.a, &v.b)
		return v, err
	}
	sent, err := collect(ctx, s, s.read, scan, `SELECT received_ms / 86400000, CAST(SUM(bytes) AS BIGINT), COUNT(*) FROM envelopes
		WHERE project_id = ? AND received_ms >= ? GROUP BY received_ms / 86400000 ORDER BY received_ms / 86400000 DESC`, project, since*1000)
	if err != nil {
		return nil, err
	}
	nodes, err := collect(ctx, s, s.read, scan, `SELECT hour / 86400, COUNT(DISTINCT agent), 0 FROM coverage
		WHERE project_id = ? AND hour >= ? GROUP BY hour / 86400`, project, since)
	if err != nil {
		return nil, err
	}
	byDay := map[int64]int64{}
	for _, n := range nodes {
		byDay[n.day] = n.a
	}
	days := make([]EgressDay, 0, len(sent))
	for _, v := range sent {
		days = append(days, EgressDay{stamp(v.day * day).Format(time.DateOnly), v.a, v.b, byDay[v.day]})
	}
	return days, nil
}

// Verify walks the chain of a project's envelopes from the last one trimmed to
// the newest, and says where it breaks.
func (s *Store) Verify(ctx context.Context, project string) (Verdict, error) {
	opts := &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
	if s.dialect.SQLite {
		opts = nil // its reading transactions see one state anyway
	}
	t, err := s.read.BeginTx(ctx, opts)
	if err != nil {
		return Verdict{}, err
	}
	defer func() { _ = t.Rollback() }()
	var anchor, head string
	err = t.QueryRowContext(ctx, s.dialect.sql("SELECT anchor, head FROM envelope_chains WHERE project_id = ?"), project).Scan(&anchor, &head)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Verdict{}, err
	}
	v, chain := Verdict{}, anchor
	for last := int64(0); ; {
		rows, err := collect(ctx, s, t, scanEnvelope, envelopeColumns+"AND id > ? ORDER BY id LIMIT ?", project, last, 200)
		if err != nil {
			return Verdict{}, err
		}
		for _, e := range rows {
			if chain = e.link(chain); chain != e.chain {
				v.Problem = fmt.Sprintf("the envelope of session %s with sequence %d, or one before it, was changed or taken out",
					hex16(unsigned(e.session)), e.sequence)
				return v, nil
			}
			last = e.id
			v.Envelopes++
		}
		if len(rows) == 0 {
			break
		}
	}
	if chain != head {
		v.Problem = "the newest envelopes were taken out"
		return v, nil
	}
	v.OK = true
	return v, nil
}

// trimEnvelopes deletes those that came before a time and keeps the chain of
// the last of them as the anchor.
func (t *tx) trimEnvelopes(before int64) error {
	projects, err := collect(t.ctx, t.s, t.Tx, scanText, "SELECT id FROM projects ORDER BY id"+t.s.dialect.forUpdate)
	if err != nil {
		return err
	}
	for _, p := range projects {
		var id int64
		var chain string
		err := t.row("SELECT id, chain FROM envelopes WHERE project_id = ? AND received_ms < ? ORDER BY id DESC LIMIT 1", p, before*1000).Scan(&id, &chain)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		if err := t.exec("UPDATE envelope_chains SET anchor = ? WHERE project_id = ?", chain, p); err != nil {
			return err
		}
		if err := t.exec("DELETE FROM envelopes WHERE project_id = ? AND id <= ?", p, id); err != nil {
			return err
		}
	}
	return nil
}
