package store

import (
	"context"
	"net/http"

	"github.com/weir-telemetry/weir/internal/fact"
)

// ProjectAttribute is the attribute of client.Info's Auth that holds the id of
// the project whose API key was shown.
const ProjectAttribute = "project"

// Keeper keeps reports. The backend extension implements it; the backend
// exporter finds it among the extensions of its host. Safe for concurrent use.
type Keeper interface {
	// Keep stores a batch of reports of one project in one transaction and
	// returns once it is durable. An error that IsPermanent is true of will
	// come again with the same batch; then nothing of the batch was stored.
	Keep(ctx context.Context, project string, batch []Received) (Kept, error)
	// ProjectID finds a project by id or name.
	ProjectID(ctx context.Context, idOrName string) (string, error)
}

// Received is a report with the envelope that it came in.
type Received struct {
	Report   *fact.Report
	Envelope Envelope
}

// Envelope tells where a report came from. The zero value stands for reports of
// the same process, which passed no wire.
type Envelope struct {
	Sender, Session uint64
	Sequence        uint64
	Digest          string // 64 hex digits
	Bytes           int64  // on the wire
}

// IsZero reports whether there was no envelope.
func (e Envelope) IsZero() bool { return e.Session == 0 && e.Sequence == 0 }

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
	// Mount serves h at / to everyone: it must hold static files alone. Call it
	// once, in Start; a second call replaces the first handler, nil takes it away.
	Mount(h http.Handler)
}

// OneTimeLogin hands out tokens that log one in as administrator, once, within
// some minutes.
type OneTimeLogin interface {
	// OneTimeLogin returns the address of the page with a fresh token in its
	// fragment: http://127.0.0.1:8090/#token=….
	OneTimeLogin() (string, error)
}
