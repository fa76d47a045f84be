package store

import (
	"context"
	"net/http"

	"github.com/weir-telemetry/weir/internal/fact"
)

// Attributes of client.Info's Auth after an API key was shown.
const (
	ProjectAttribute = "project" // id of the key's project
	KeyAttribute     = "key"     // id of the key
)

// Keeper keeps reports. The backend extension implements it; the backend
// exporter finds it among the extensions of its host. Safe for concurrent use.
type Keeper interface {
	// Keep stores a batch of reports of one project in one transaction and
	// returns once it is durable. With a *RefusedError all reports but the
	// refused were stored; with any other error nothing was. IsPermanent tells
	// whether the batch would fail again.
	Keep(ctx context.Context, from Sender, batch []*fact.Report) (Kept, error)
	// ProjectID finds a project by id or name; ErrNotFound when there is none.
	ProjectID(ctx context.Context, idOrName string) (string, error)
}

// Sender says on whose behalf reports come.
type Sender struct {
	Project string // id
	// Key is the id of the API key that was shown. It must still be good: a
	// stream outlives the moment in which it was opened. Empty within one process.
	Key string
}

// Kept counts what became of a batch.
type Kept struct {
	Stored   int // reports
	Repeated int // reports that were there already, in the same words
	Facts    int // of the stored reports
}

// Mounter serves pages of others on the backend's endpoint. The backend
// extension implements it; the console extension finds it among the extensions
// of its host.
type Mounter interface {
	// Mount serves h at / to everyone: it must hold static files alone. A second
	// call replaces the handler, nil takes it away. It may be called before and
	// after the backend's Start.
	Mount(h http.Handler)
}

// OneTimeLogin hands out tokens that log one in as administrator, once, within
// some minutes.
type OneTimeLogin interface {
	// OneTimeLogin returns the address of the page with a fresh token in its
	// fragment: http://127.0.0.1:8090/#token=….
	OneTimeLogin() (string, error)
}
