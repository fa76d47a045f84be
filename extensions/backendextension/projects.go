package backendextension

import (
	"net/http"

	"github.com/weir-telemetry/weir/internal/store"
)

// newKey is a key as the one answer that holds its text.
type newKey struct {
	store.Key
	Text string `json:"key"`
}

func (c *call) listProjects() error {
	projects, err := c.visible()
	if err != nil {
		return err
	}
	return c.ok(http.StatusOK, map[string]any{"projects": projects})
}

func (c *call) createProject() error {
	var q struct {
		Name        string `json:"name"`
		Environment string `json:"environment"`
	}
	if err := read(c.w, c.r, &q); err != nil {
		return err
	}
	p, err := c.s.CreateProject(c.r.Context(), q.Name, q.Environment)
	if err != nil {
		return err
	}
	if err := c.log("project_created", p.ID, ""); err != nil {
		return err
	}
	return c.ok(http.StatusCreated, p)
}

func (c *call) renameProject() error {
	var q struct {
		Name string `json:"name"`
	}
	if err := read(c.w, c.r, &q); err != nil {
		return err
	}
	p, err := c.s.RenameProject(c.r.Context(), c.project.ID, q.Name)
	if err != nil {
		return err
	}
	if err := c.log("project_changed", p.ID, ""); err != nil {
		return err
	}
	return c.ok(http.StatusOK, p)
}

func (c *call) deleteProject() error {
	if err := c.s.DeleteProject(c.r.Context(), c.project.ID); err != nil {
		return err
	}
	if err := c.log("project_deleted", c.project.ID, ""); err != nil {
		return err
	}
	return c.none()
}

func (c *call) listKeys() error {
	keys, err := c.s.Keys(c.r.Context(), c.project.ID)
	if err != nil {
		return err
	}
	return c.ok(http.StatusOK, map[string]any{"keys": keys})
}

func (c *call) createKey() error {
	var q struct {
		Description string `json:"description"`
	}
	if err := read(c.w, c.r, &q); err != nil {
		return err
	}
	k, text, err := c.s.CreateKey(c.r.Context(), c.project.ID, q.Description)
	if err != nil {
		return err
	}
	if err := c.log("key_created", c.project.ID, k.ID); err != nil {
		return err
	}
	return c.ok(http.StatusCreated, newKey{k, text})
}

func (c *call) rotateKey() error {
	k, text, err := c.s.RotateKey(c.r.Context(), c.project.ID, c.r.PathValue("key"))
	if err != nil {
		return err
	}
	if err := c.log("key_rotated", c.project.ID, k.ID); err != nil {
		return err
	}
	return c.ok(http.StatusCreated, newKey{k, text})
}

func (c *call) revokeKey() error {
	id := c.r.PathValue("key")
	if err := c.s.RevokeKey(c.r.Context(), c.project.ID, id); err != nil {
		return err
	}
	if err := c.log("key_revoked", c.project.ID, id); err != nil {
		return err
	}
	return c.none()
}
