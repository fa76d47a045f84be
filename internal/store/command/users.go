package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/weir-telemetry/weir/internal/credentials"
	"github.com/weir-telemetry/weir/internal/store"
)

func (a *admin) users() *cobra.Command {
	root := &cobra.Command{Use: "users", Short: "Users of the store", Args: cobra.NoArgs}
	list := &cobra.Command{
		Use: "list", Short: "List the users", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd, func(ctx context.Context, s *store.Store) error {
				users, err := s.Users(ctx)
				if err != nil {
					return err
				}
				var lines []string
				for _, u := range users {
					lines = append(lines, fmt.Sprintf("%s\t%s\t%s\t%s", u.ID, u.Role, stamp(u.Created), u.Name))
				}
				return table(cmd, "ID\tROLE\tCREATED\tNAME", lines)
			})
		},
	}
	var file string
	password := &cobra.Command{
		Use: "password NAME", Short: "Set a user's password from a file, and end the user's sessions", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := credentials.New("", file).Get()
			if err != nil {
				return fmt.Errorf("--password-file: %w", err)
			}
			return a.with(cmd, func(ctx context.Context, s *store.Store) error {
				u, err := s.UserNamed(ctx, args[0])
				if err != nil {
					return err
				}
				if _, err := s.ChangeUser(ctx, u.ID, "", text, ""); err != nil {
					return err
				}
				return log(ctx, s, "user_changed", "", u.ID)
			})
		},
	}
	password.Flags().StringVar(&file, "password-file", "", "file with the new password, 12 to 256 bytes")
	_ = password.MarkFlagRequired("password-file")
	root.AddCommand(list, password)
	return root
}
