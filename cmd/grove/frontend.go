package main

import (
	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/adapters/nats"
	"github.com/grove-coordination/grove/sdk/plugin"
)

// frontendCommand is how the server starts its own frontends as plugin processes. People have no use for it.
func (c *console) frontendCommand() *cobra.Command {
	return group(
		&cobra.Command{Use: "frontend", Short: "Be a plugin process of a server", Hidden: true},
		&cobra.Command{
			Use:   "nats",
			Short: "Publish every change to NATS",
			Args:  takes(0, 0),
			Run:   func(*cobra.Command, []string) { plugin.Serve(nats.New()) }, // which ends the process
		},
	)
}
