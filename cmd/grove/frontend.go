package main

import (
	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/adapters/nats"
	"github.com/grove-coordination/grove/sdk/plugin"
)

// frontendCommand is for those who write frontends, and how the server starts its own as plugin processes.
func (c *console) frontendCommand() *cobra.Command {
	return group(
		&cobra.Command{Use: "frontend", Short: "Write a frontend of your own, and check it"},
		c.newFrontendCommand(), c.conformCommand(),
		&cobra.Command{
			Use:    "nats",
			Short:  "Publish every change to NATS, as a plugin process of a server",
			Args:   takes(0, 0),
			Hidden: true,
			Run:    func(*cobra.Command, []string) { plugin.Serve(nats.New()) }, // which ends the process
		},
	)
}
