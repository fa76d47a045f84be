package backendextension

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.uber.org/zap"

	"github.com/weir-telemetry/weir/internal/credentials"
	"github.com/weir-telemetry/weir/internal/store"
)

const firstProject = "default"

func (b *backend) openStore(ctx context.Context) (*store.Store, error) {
	o := store.Options{Driver: b.cfg.Store.Driver, Path: b.cfg.Store.Path, SymptomInterval: b.cfg.SymptomReportInterval}
	if b.cfg.Store.DSNFile != "" {
		dsn, err := credentials.New("", b.cfg.Store.DSNFile).Get()
		if err != nil {
			return nil, fmt.Errorf("store::dsn_file: %w", err)
		}
		o.DSN = strings.TrimSpace(dsn)
	}
	return store.Open(ctx, o)
}

// bootstrap makes what an empty store needs: an administrator, a project, a key.
func (b *backend) bootstrap(ctx context.Context, s *store.Store) error {
	password := ""
	if b.cfg.AdminPasswordFile != "" {
		var err error
		if password, err = credentials.New("", b.cfg.AdminPasswordFile).Get(); err != nil {
			return fmt.Errorf("admin_password_file: %w", err)
		}
	}
	if err := s.FirstAdmin(ctx, password); err != nil {
		return fmt.Errorf("admin_password_file: %w", err)
	}
	p, err := s.FirstProject(ctx, firstProject, "development")
	switch {
	case err == nil:
		b.set.Logger.Info("made the first project", zap.String("name", p.Name))
	case errors.Is(err, store.ErrConflict):
	default:
		return fmt.Errorf("make the first project: %w", err)
	}
	if b.cfg.BootstrapKeyFile == "" {
		return nil
	}
	if err := b.bootstrapKey(ctx, s); err != nil {
		return fmt.Errorf("bootstrap_key_file: %w", err)
	}
	return nil
}

// bootstrapKey writes a key for the first project, once in its life: when it
// never had a key.
func (b *backend) bootstrapKey(ctx context.Context, s *store.Store) error {
	p, err := s.ProjectOf(ctx, firstProject)
	if errors.Is(err, store.ErrNotFound) {
		return nil // deleted or renamed
	}
	if err != nil {
		return err
	}
	keys, err := s.Keys(ctx, p.ID)
	if err != nil || len(keys) > 0 {
		return err
	}
	k, text, err := s.CreateKey(ctx, p.ID, "made at the first start")
	if err != nil {
		return err
	}
	if err := writePrivate(b.cfg.BootstrapKeyFile, text); err != nil {
		return errors.Join(err, s.RevokeKey(ctx, p.ID, k.ID))
	}
	return s.LogAccess(ctx, store.Access{User: "bootstrap", Action: "key_created", Project: p.ID, Object: k.ID, Address: "local"})
}

// writePrivate puts a line into a file of mode 0600, whole or not at all.
func writePrivate(path, line string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".weir-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
