package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/weir-telemetry/weir/internal/store"
)

func (a *admin) projects() *cobra.Command {
	root := &cobra.Command{Use: "projects", Short: "Projects of the store", Args: cobra.NoArgs}
	list := &cobra.Command{
		Use: "list", Short: "List the projects", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd, func(ctx context.Context, s *store.Store) error {
				projects, err := s.Projects(ctx)
				if err != nil {
					return err
				}
				var lines []string
				for _, p := range projects {
					lines = append(lines, fmt.Sprintf("%s\t%s\t%s\t%s", p.ID, p.Environment, stamp(p.Created), p.Name))
				}
				return table(cmd, "ID\tENVIRONMENT\tCREATED\tNAME", lines)
			})
		},
	}
	var environment string
	create := &cobra.Command{
		Use: "create NAME", Short: "Make a project and print its id", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd, func(ctx context.Context, s *store.Store) error {
				p, err := s.CreateProject(ctx, args[0], environment)
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), p.ID)
				return log(ctx, s, "project_created", p.ID, "")
			})
		},
	}
	create.Flags().StringVar(&environment, "environment", "development", "production, staging or development")
	root.AddCommand(list, create)
	return root
}
