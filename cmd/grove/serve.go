package main

import (
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
