// Package command administers a backend's store from the command line: for
// scripts, and for whoever has locked themselves out of the page.
package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/weir-telemetry/weir/internal/credentials"
	"github.com/weir-telemetry/weir/internal/store"
)

// admin is one invocation.
type admin struct {
	path, dsnFile string
}

// Command returns `backend` with its subcommands. The backend may run while
// they do.
func Command() *cobra.Command {
	a := &admin{}
	root := &cobra.Command{
		Use:   "backend",
		Short: "Administers projects, API keys and users of a backend's store",
		Long: "Administers projects, API keys and users of a backend's store.\n" +
			"The store is the SQLite file --store, or the PostgreSQL whose address --dsn-file holds.",
		Args: cobra.NoArgs,
	}
	root.PersistentFlags().StringVar(&a.path, "store", "weir-backend.db", "the backend's store::path")
	root.PersistentFlags().StringVar(&a.dsnFile, "dsn-file", "", "the backend's store::dsn_file, instead of --store")
	for _, group := range []*cobra.Command{a.projects(), a.keys(), a.users()} {
		for _, c := range group.Commands() {
			c.SilenceUsage = true // an error of the store is none of usage
		}
		root.AddCommand(group)
	}
	return root
}

// with opens the store that is there; it makes none.
func (a *admin) with(cmd *cobra.Command, fn func(ctx context.Context, s *store.Store) error) (err error) {
	o := store.Options{Driver: store.SQLite, Path: a.path, MustExist: true}
	if a.dsnFile != "" {
		dsn, err := credentials.New("", a.dsnFile).Get()
		if err != nil {
			return fmt.Errorf("--dsn-file: %w", err)
		}
		o = store.Options{Driver: store.PostgreSQL, DSN: strings.TrimSpace(dsn)}
	}
	s, err := store.Open(cmd.Context(), o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return fn(cmd.Context(), s)
}

// log notes what was done, as the API does.
func log(ctx context.Context, s *store.Store, action, project, object string) error {
	return s.LogAccess(ctx, store.Access{User: "command", Action: action, Project: project, Object: object, Address: "local"})
}

// table prints lines of columns.
func table(cmd *cobra.Command, head string, lines []string) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, head)
	for _, l := range lines {
		fmt.Fprintln(w, l)
	}
	return w.Flush()
}

func stamp(t time.Time) string { return t.Format(time.RFC3339) }
