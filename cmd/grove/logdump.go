package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/cmd/internal/offline"
)

func (c *console) logCommand() *cobra.Command {
	return group(&cobra.Command{
		Use: "log", Short: "Look into the log of a stopped server",
	}, c.logDump())
}

func (c *console) logDump() *cobra.Command {
	var dir string
	var from, to uint64
	cmd := &cobra.Command{
		Use: "dump", Short: "Print the entries of the log, and what their records say", Args: takes(0, 0),
		PreRunE: func(*cobra.Command, []string) error {
			if to > 0 && from > to {
				return fmt.Errorf("log dump: --from %d is behind --to %d", from, to)
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error { return fail(offline.Dump(c.out, c.errs, dir, from, to, c.json)) },
	}
	dataFlag(cmd, &dir)
	cmd.Flags().Uint64Var(&from, "from", 0, "first entry")
	cmd.Flags().Uint64Var(&to, "to", 0, "last entry; 0: the end")
	return cmd
}
