package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

func (c *console) validatorCommand() *cobra.Command {
	return group(
		&cobra.Command{Use: "validator", Short: "Install, list and remove validators of writes"},
		c.installCommand(), c.listCommand(), c.removeCommand(), c.denialsCommand(),
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
				err = unstage(ctx, k, r.Module)
			}
			if err != nil {
				return fmt.Errorf("validator remove %s: %w", args[0], err)
			}
			return nil
		}),
	}
}

func (c *console) denialsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "denials",
		Short: "Print the last writes that a server refused, the newest last",
		Args:  takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), c.timeout)
			defer cancel()
			denials, err := fetchDenials(ctx, c.admin)
			switch {
			case err != nil:
				return fail(err)
			case c.json:
				return fail(c.printJSON(denials))
			}
			return fail(c.table("TIME\tVALIDATOR\tOP\tPATH\tWHO\tREASON", func(row func(...any)) {
				for _, d := range denials {
					row(clock(d.Time), d.Validator, d.Op, d.Path, whoText(d.Who), d.Reason)
				}
			}))
		},
	}
}

func whoText(who []sdk.Identity) string {
	var words []string
	for _, id := range who {
		words = append(words, id.Scheme+":"+id.ID)
	}
	return strings.Join(words, " ")
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
