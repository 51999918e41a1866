package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/cmd/internal/soak"
)

func (c *console) soakCommand() *cobra.Command {
	config := soak.Config{Out: c.errs}
	cmd := &cobra.Command{
		Use:   "soak",
		Short: "Try a cluster of this program under load and faults, and look whether anything is lost",
		Long: "Starts a cluster of this program on free ports, with data in a folder of its own, runs clients against it,\n" +
			"kills, stops and parts its nodes one after the other, and says in the end what was lost or out of order.",
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if config.Binary, err = os.Executable(); err != nil {
				return fail(err)
			}
			if config.Dir != "" {
				return fail(c.soak(cmd, config))
			}
			if config.Dir, err = os.MkdirTemp("", "grove-soak-*"); err != nil {
				return fail(err)
			}
			if err = c.soak(cmd, config); err == nil {
				err = os.RemoveAll(config.Dir)
			}
			return fail(err)
		},
	}
	flags := cmd.Flags()
	flags.DurationVar(&config.Duration, "duration", 10*time.Minute, "how long")
	flags.DurationVar(&config.Every, "every", 5*time.Second, "from one fault to the next")
	flags.IntVar(&config.Nodes, "nodes", 3, "servers")
	flags.IntVar(&config.Writers, "writers", 4, "clients of each kind")
	flags.Uint64Var(&config.Seed, "seed", 1, "of the faults")
	flags.BoolVar(&config.Part, "partitions", false, "part nodes from each other too: needs root, makes network namespaces")
	flags.StringVar(&config.Dir, "dir", "", "folder for data and logs; empty: a temporary one, which is kept when something is wrong")
	return cmd
}

func (c *console) soak(cmd *cobra.Command, config soak.Config) error {
	summary, err := soak.Run(cmd.Context(), config)
	if err != nil {
		return fmt.Errorf("%w (data and logs: %s)", err, config.Dir)
	}
	if c.json {
		err = c.printJSON(summary)
	} else {
		_, err = fmt.Fprint(c.out, summary.String())
	}
	if !summary.Good() {
		return fmt.Errorf("something is lost or out of order: data and logs are in %s", config.Dir)
	}
	return err
}
