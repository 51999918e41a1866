package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func (c *console) serveCommand() *cobra.Command {
	var file string
	flags := configFlags()
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a server",
		Long: "Run a server until it is told to stop by SIGINT or SIGTERM.\n\n" +
			"The configuration is read in this order, the later over the earlier: defaults; the file named with\n" +
			"--config, else ./koanf.yaml when there; environment (GROVE_LISTEN__ZOOKEEPER, two underscores stand for\n" +
			"a dot); flags (--listen.zookeeper).",
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := refuseClientFlags(cmd); err != nil {
				return err
			}
			config, err := load(sources{file: file, environ: os.Environ(), flags: flags})
			if err != nil {
				return err
			}
			return fail(runServe(cmd.Context(), config, c.out, c.errs))
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&file, "config", "", "file to read the configuration from")
	cmd.Flags().AddFlagSet(flags)
	return cmd
}

// refuseClientFlags stops who takes a flag of the client commands for a setting of the server: it would say nothing.
func refuseClientFlags(cmd *cobra.Command) error {
	for _, name := range []string{"server", "admin", "timeout", "json", "auth"} {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s is for the commands that talk to a server; serve has the flags that grove serve --help lists", name)
		}
	}
	return nil
}
