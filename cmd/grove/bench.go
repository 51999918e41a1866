package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	measure "github.com/grove-coordination/grove/cmd/internal/bench"
)

func (c *console) measureCommand() *cobra.Command {
	config := measure.Config{}
	cmd := &cobra.Command{
		Use:   "bench " + strings.Join(measure.Loads, "|"),
		Short: "Measure how fast a server of ZooKeeper's protocol is",
		Long: "Measure how many operations a server, or several, answer in a second, and how long each takes. Any server of\n" +
			"ZooKeeper's protocol will do. It works below a node of its own, which it removes in the end; when it is\n" +
			"interrupted it tells what it has measured until then.\n\n" +
			"get, set, create: that operation. mixed: get and set. watch: one session writes a node that all others watch,\n" +
			"an operation is an event. connect: sessions are opened and ended.",
		Example: "  grove bench mixed --sessions 32 --depth 16 --duration 30s\n  grove bench get --server zk1:2181,zk2:2181 --json",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			config.Load, config.Servers = args[0], strings.Split(c.servers, ",")
			if err := config.Check(); err != nil {
				return err
			}
			report, err := measure.Run(cmd.Context(), config)
			if report != nil {
				err = errors.Join(c.printReport(report), err)
			}
			return fail(err)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.IntVar(&config.Sessions, "sessions", 8, "connections at a time")
	flags.IntVar(&config.Depth, "depth", 1, "requests that each keeps unanswered")
	flags.IntVar(&config.Size, "size", 100, "bytes of a value")
	flags.IntVar(&config.Keys, "keys", 1000, "nodes that are read and written")
	flags.IntVar(&config.Writes, "writes", 10, "of a hundred operations of mixed, how many write")
	flags.DurationVar(&config.Duration, "duration", 10*time.Second, "how long")
	flags.Int64Var(&config.Count, "count", 0, "end after so many operations; 0: when the time is over")
	return cmd
}

func (c *console) printReport(r *measure.Report) error {
	if c.json {
		return c.printJSON(r)
	}
	return r.Write(c.out)
}
