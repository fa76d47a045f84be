package store

import (
	"context"
	"strconv"
	"time"
)

// Access is an entry of the access log.
type Access struct {
	Time    time.Time `json:"time"`
	User    string    `json:"user"`
	Action  string    `json:"action"`
	Project string    `json:"project,omitempty"`
	Object  string    `json:"object,omitempty"`
	Address string    `json:"address"`
}

const accessPage = 200

// LogAccess appends an entry; its Time is set. Nothing changes or deletes one:
// the database itself refuses to.
func (s *Store) LogAccess(ctx context.Context, a Access) error {
	return s.inTx(ctx, func(t *tx) error {
		return t.exec("INSERT INTO access_log (time_ms, user_name, action, project_id, object, address) VALUES (?, ?, ?, ?, ?, ?)",
			s.clock().UnixMilli(), a.User, a.Action, a.Project, a.Object, a.Address)
	})
}

// AccessLog returns a page of entries, the newest first, and where the next
// page begins ("" on the last). before is empty for the first.
func (s *Store) AccessLog(ctx context.Context, before string) (entries []Access, next string, err error) {
	limit, err := pageStart(before)
	if err != nil {
		return nil, "", err
	}
	var last int64
	entries, err = collect(ctx, s, s.read, func(scan func(...any) error) (a Access, err error) {
		var ms int64
		err = scan(&last, &ms, &a.User, &a.Action, &a.Project, &a.Object, &a.Address)
		a.Time = time.UnixMilli(ms).UTC()
		return a, err
	}, `SELECT id, time_ms, user_name, action, project_id, object, address FROM access_log WHERE id < ? ORDER BY id DESC LIMIT ?`, limit, accessPage)
	if len(entries) == accessPage {
		next = strconv.FormatInt(last, 10)
	}
	return entries, next, err
}

// pageStart reads what an answer gave as its next.
func pageStart(before string) (int64, error) {
	if before == "" {
		return 1<<63 - 1, nil
	}
	n, err := strconv.ParseInt(before, 10, 64)
	if err != nil || n < 0 {
		return 0, invalid("before: must be the next of an answer")
	}
	return n, nil
}
