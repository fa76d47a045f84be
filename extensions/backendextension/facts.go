package backendextension

import (
	"net/http"
	"time"

	"github.com/weir-telemetry/weir/internal/store"
	"github.com/weir-telemetry/weir/internal/symptom"
)

// defaultSince is how far back past symptoms are shown unless told.
const defaultSince = 24 * time.Hour

func (c *call) symptoms() error {
	q := c.r.URL.Query()
	all := q.Get("state") == "all"
	if state := q.Get("state"); !all && state != "" && state != "open" {
		return badRequest("state: must be open or all")
	}
	since := time.Now().Add(-defaultSince)
	if text := q.Get("since"); text != "" {
		var err error
		if since, err = time.Parse(time.RFC3339, text); err != nil {
			return badRequest("since: must be a time such as 2026-11-21T12:00:00Z")
		}
	}
	asOf, err := c.s.AsOf(c.r.Context(), c.project.ID)
	if err != nil {
		return err
	}
	list, err := c.s.Symptoms(c.r.Context(), c.project.ID, all, since)
	if err != nil {
		return err
	}
	return c.ok(http.StatusOK, map[string]any{"as_of": asOf, "symptoms": titled(list)})
}

// titled adds what people call a symptom; of a user's own entry that is its code.
func titled(list []store.Symptom) []store.Symptom {
	for i := range list {
		list[i].Title = list[i].Code
		if e := symptom.Default().ByCode(list[i].Code); e != nil {
			list[i].Title = e.Title
		}
	}
	return list
}

func (c *call) serviceMap() error {
	m, err := c.s.Map(c.r.Context(), c.project.ID)
	if err != nil {
		return err
	}
	return c.ok(http.StatusOK, m)
}

func (c *call) entities() error {
	query := c.r.URL.Query().Get("query")
	if len(query) > 253 {
		return badRequest("query: must be at most 253 bytes")
	}
	asOf, err := c.s.AsOf(c.r.Context(), c.project.ID)
	if err != nil {
		return err
	}
	list, err := c.s.Entities(c.r.Context(), c.project.ID, query)
	if err != nil {
		return err
	}
	return c.ok(http.StatusOK, map[string]any{"as_of": asOf, "entities": list})
}

func (c *call) entity() error {
	id, err := store.ParseID(c.r.PathValue("entity"))
	if err != nil {
		return err
	}
	page, err := c.s.Entity(c.r.Context(), c.project.ID, id)
	if err != nil {
		return err
	}
	titled(page.Symptoms)
	return c.ok(http.StatusOK, page)
}

// looked logs a look at a sensitive page before the page is shown.
func (c *call) looked(action string) error {
	if !c.looks.fresh(c.who.user.Name, c.address(), action, c.project.ID, time.Now()) {
		return nil
	}
	return c.log(action, c.project.ID, "")
}

func (c *call) sensitive() error {
	if err := c.looked("sensitive_viewed"); err != nil {
		return err
	}
	asOf, err := c.s.AsOf(c.r.Context(), c.project.ID)
	if err != nil {
		return err
	}
	flows, err := c.s.Flows(c.r.Context(), c.project.ID)
	if err != nil {
		return err
	}
	return c.ok(http.StatusOK, map[string]any{"as_of": asOf, "flows": flows})
}

func (c *call) egress() error {
	if err := c.looked("egress_viewed"); err != nil {
		return err
	}
	asOf, err := c.s.AsOf(c.r.Context(), c.project.ID)
	if err != nil {
		return err
	}
	days, err := c.s.EgressDays(c.r.Context(), c.project.ID)
	if err != nil {
		return err
	}
	envelopes, next, err := c.s.Envelopes(c.r.Context(), c.project.ID, c.r.URL.Query().Get("before"))
	if err != nil {
		return err
	}
	return c.ok(http.StatusOK, struct {
		AsOf      time.Time            `json:"as_of"`
		Budget    int64                `json:"budget_bytes_per_node_day"`
		Days      []store.EgressDay    `json:"days"`
		Envelopes []store.EnvelopeView `json:"envelopes"`
		Next      string               `json:"next,omitempty"`
	}{asOf, c.cfg.BudgetBytesPerNodeDay, days, envelopes, next})
}

func (c *call) verify() error {
	if err := c.log("egress_verified", c.project.ID, ""); err != nil {
		return err
	}
	v, err := c.s.Verify(c.r.Context(), c.project.ID)
	if err != nil {
		return err
	}
	return c.ok(http.StatusOK, v)
}

func (c *call) coverage() error {
	asOf, err := c.s.AsOf(c.r.Context(), c.project.ID)
	if err != nil {
		return err
	}
	agents, err := c.s.Coverage(c.r.Context(), c.project.ID)
	if err != nil {
		return err
	}
	return c.ok(http.StatusOK, map[string]any{"as_of": asOf, "agents": agents})
}
