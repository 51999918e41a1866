package main

import (
	"github.com/spf13/cobra"
)

// frontendCommand is how the server starts its own frontends as plugin processes. People have no use for it.
func (c *console) frontendCommand() *cobra.Command {
	return group(&cobra.Command{Use: "frontend", Short: "Be a plugin process of a server", Hidden: true})
}
