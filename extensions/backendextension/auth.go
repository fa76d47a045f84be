package backendextension

import (
	"context"
	"errors"
	"strings"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/weir-telemetry/weir/internal/store"
)

// projectMetadata may come with a key; it must then name the key's project, by
// id or name.
const projectMetadata = "weir-project"

// keyAuth is who showed a key, for the components behind the receiver.
type keyAuth struct{ project, key string }

// GetAttribute implements client.AuthData.
func (a keyAuth) GetAttribute(name string) any {
	switch name {
	case store.ProjectAttribute:
		return a.project
	case store.KeyAttribute:
		return a.key
	}
	return nil
}

// GetAttributeNames implements client.AuthData.
func (keyAuth) GetAttributeNames() []string {
	return []string{store.KeyAttribute, store.ProjectAttribute}
}

// Authenticate implements extensionauth.Server: it lets in who shows a good API
// key, into the key's project alone.
func (b *backend) Authenticate(ctx context.Context, sources map[string][]string) (context.Context, error) {
	key, p, outcome, err := b.checkKey(ctx, source(sources, "authorization"))
	if err == nil {
		if want := source(sources, projectMetadata); want != "" && want != p.ID && want != p.Name {
			outcome, err = "wrong_project", status.Error(codes.PermissionDenied, "the API key is of another project")
		}
	}
	b.telemetry.WeirBackendKeysChecked.Add(ctx, 1, metric.WithAttributes(attribute.String("outcome", outcome)))
	if err != nil {
		return ctx, err
	}
	info := client.FromContext(ctx)
	info.Auth = keyAuth{project: p.ID, key: key}
	return client.NewContext(ctx, info), nil
}

func (b *backend) checkKey(ctx context.Context, authorization string) (key string, p store.Project, outcome string, err error) {
	text, ok := bearer(authorization)
	if !ok {
		return "", p, "missing", status.Error(codes.Unauthenticated, "an API key is needed: authorization: Bearer wk_…")
	}
	s := b.store.Load()
	if s == nil {
		return "", p, "unavailable", status.Error(codes.Unavailable, errNotStarted.Error())
	}
	key, p, err = s.CheckKey(ctx, text)
	switch {
	case err == nil:
		return key, p, "ok", nil
	case errors.Is(err, store.ErrRevoked):
		return "", p, "revoked", status.Error(codes.Unauthenticated, "the API key was revoked")
	case errors.Is(err, store.ErrNotFound):
		return "", p, "unknown", status.Error(codes.Unauthenticated, "the API key is not known")
	default:
		return "", p, "unavailable", status.Error(codes.Unavailable, "the API key can't be checked now")
	}
}

func bearer(authorization string) (string, bool) {
	scheme, text, ok := strings.Cut(authorization, " ")
	return text, ok && strings.EqualFold(scheme, "Bearer") && text != ""
}

// source finds a header or metadata; two of one name count as none.
func source(sources map[string][]string, name string) string {
	for k, v := range sources {
		if strings.EqualFold(k, name) && len(v) == 1 {
			return v[0]
		}
	}
	return ""
}
