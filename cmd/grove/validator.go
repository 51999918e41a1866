package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

func (c *console) validatorCommand() *cobra.Command {
	return group(
		&cobra.Command{Use: "validator", Short: "Write, try, install, change and list validators of writes"},
		c.installCommand(), c.upgradeCommand(), c.rollbackCommand(), c.modeCommand(), c.removeCommand(),
		c.listCommand(), c.showCommand(), c.statusCommand(), c.denialsCommand(),
		c.newCommand(), c.testCommand(), c.benchCommand(), c.scanCommand(), c.replayCommand(),
	)
}

func (c *console) listCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the rules in the order they run",
		Args:  takes(0, 0),
		RunE: c.act(func(ctx context.Context, k *client.Client, _ []string) error {
			rules, err := readRules(ctx, k)
			switch {
			case err != nil:
				return err
			case c.json:
				return c.printJSON(append([]rule{}, rules...))
			}
			return c.table("NAME\tMODE\tON ERROR\tPATHS\tKINDS\tMODULE", func(row func(...any)) {
				for _, r := range rules {
					r = r.known()
					row(r.Name, r.Mode, r.OnError, strings.Join(r.Paths, " "), kindsText(r.Kinds), fmt.Sprintf("%.12s", r.Module))
				}
			})
		}),
	}
}

func kindsText(kinds []string) string {
	if len(kinds) == 0 {
		return "all"
	}
	return strings.Join(kinds, " ")
}

func (c *console) removeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove a rule, and its module when no other rule names it",
		Args:  takes(1, 1),
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			r, err := readRule(ctx, k, args[0])
			if err == nil {
				err = k.Delete(ctx, r.path(), sdk.AnyVersion)
			}
			if err == nil {
				err = errors.Join(unstage(ctx, k, r.Module), unstage(ctx, k, r.Previous))
			}
			if err != nil {
				return fmt.Errorf("validator remove %s: %w", args[0], err)
			}
			return nil
		}),
	}
}

// table prints rows in aligned columns below a heading of words with tabs between.
func (c *console) table(heading string, rows func(row func(cells ...any))) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, heading)
	rows(func(cells ...any) {
		for i, cell := range cells {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, cell)
		}
		fmt.Fprintln(w)
	})
	return w.Flush()
}
