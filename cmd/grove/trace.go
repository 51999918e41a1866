package main

import (
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/cmd/internal/trace"
)

func (c *console) traceCommand() *cobra.Command {
	var from, to string
	var data int
	cmd := &cobra.Command{
		Use:   "trace",
		Short: "Print what clients and a server say to each other, until interrupted",
		Long: "Stand between ZooKeeper clients and a server, of whatever make, and print what they say to each other: one\n" +
			"line a frame, with the seconds since the start and the number of the connection, until interrupted. Clients\n" +
			"are given the address of --listen in place of the server's. Passwords, credentials and tokens are not shown.",
		Example: "  grove trace --listen 127.0.0.1:2182 --to 127.0.0.1:2181\n  zkCli.sh -server 127.0.0.1:2182",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if data < 0 {
				return fmt.Errorf("--data: %d is less than none", data)
			}
			listener, err := net.Listen("tcp", from)
			if err != nil {
				return fail(err)
			}
			fmt.Fprintf(c.errs, "tracing %s to %s\n", listener.Addr(), to)
			return fail(trace.Run(cmd.Context(), trace.Config{Listener: listener, To: to, Out: c.out, Data: data, JSON: c.json}))
		},
	}
	cmd.Flags().StringVar(&from, "listen", "127.0.0.1:2182", "address for clients")
	cmd.Flags().StringVar(&to, "to", "127.0.0.1:2181", "address of the server")
	cmd.Flags().IntVar(&data, "data", 64, "bytes of a node's data that are shown; 0: only how many there are")
	return cmd
}
