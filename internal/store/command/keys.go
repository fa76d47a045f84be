package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/weir-telemetry/weir/internal/store"
)

func (a *admin) keys() *cobra.Command {
	var project, description string
	root := &cobra.Command{Use: "keys", Short: "API keys of a project", Args: cobra.NoArgs}
	root.PersistentFlags().StringVar(&project, "project", "default", "name or id of the project")

	// in finds the project first.
	in := func(fn func(ctx context.Context, cmd *cobra.Command, s *store.Store, project, key string) error) func(*cobra.Command, []string) error {
		return func(cmd *cobra.Command, args []string) error {
			return a.with(cmd, func(ctx context.Context, s *store.Store) error {
				id, err := s.ProjectID(ctx, project)
				if err != nil {
					return fmt.Errorf("--project: %w", err)
				}
				key := ""
				if len(args) > 0 {
					key = args[0]
				}
				return fn(ctx, cmd, s, id, key)
			})
		}
	}
	list := &cobra.Command{Use: "list", Short: "List the keys, revoked ones too", Args: cobra.NoArgs, RunE: in(listKeys)}
	create := &cobra.Command{Use: "create", Short: "Make a key and print its text, this once", Args: cobra.NoArgs,
		RunE: in(func(ctx context.Context, cmd *cobra.Command, s *store.Store, project, _ string) error {
			k, text, err := s.CreateKey(ctx, project, description)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), text)
			return log(ctx, s, "key_created", project, k.ID)
		})}
	create.Flags().StringVar(&description, "description", "", "what the key is for")
	_ = create.MarkFlagRequired("description")
	rotate := &cobra.Command{Use: "rotate ID", Short: "Revoke a key and print the text of its successor", Args: cobra.ExactArgs(1),
		RunE: in(func(ctx context.Context, cmd *cobra.Command, s *store.Store, project, key string) error {
			k, text, err := s.RotateKey(ctx, project, key)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), text)
			return log(ctx, s, "key_rotated", project, k.ID)
		})}
	revoke := &cobra.Command{Use: "revoke ID", Short: "End a key at once", Args: cobra.ExactArgs(1),
		RunE: in(func(ctx context.Context, _ *cobra.Command, s *store.Store, project, key string) error {
			if err := s.RevokeKey(ctx, project, key); err != nil {
				return err
			}
			return log(ctx, s, "key_revoked", project, key)
		})}
	root.AddCommand(list, create, rotate, revoke)
	return root
}

func listKeys(ctx context.Context, cmd *cobra.Command, s *store.Store, project, _ string) error {
	keys, err := s.Keys(ctx, project)
	if err != nil {
		return err
	}
	var lines []string
	for _, k := range keys {
		used, state := "never", "good"
		if k.LastUsed != nil {
			used = stamp(*k.LastUsed)
		}
		if k.Revoked != nil {
			state = "revoked " + stamp(*k.Revoked)
		}
		lines = append(lines, fmt.Sprintf("%s\t%s…\t%s\t%s\t%s\t%s", k.ID, k.Prefix, stamp(k.Created), used, state, k.Description))
	}
	return table(cmd, "ID\tKEY\tCREATED\tLAST USED\tSTATE\tDESCRIPTION", lines)
}
