package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/core/roster"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// membersPath is where a cluster tells who belongs to it.
const membersPath = "/zookeeper/config"

func (c *console) memberCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "member",
		Short: "List, add, promote and remove the members of the cluster",
		Long: "List, add, promote and remove the members of the cluster. A new member is started with\n" +
			"  grove serve --node.id ID --cluster.join HOST:PORT\n" +
			"which names the peer port of any member, and is then let in and gets its vote by itself; with\n" +
			"--cluster.observer it comes without one. Changing members needs the super identity: --auth USER:PASSWORD.",
	}, c.memberList(), c.memberAdd(), c.memberPromote(), c.memberRemove())
}

func (c *console) memberList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Show who belongs to the cluster", Args: takes(0, 0),
		RunE: c.act(func(ctx context.Context, k *client.Client, _ []string) error {
			text, _, err := k.Get(ctx, membersPath)
			if err != nil {
				return err
			}
			return c.showMembers(string(text))
		}),
	}
}

func (c *console) memberAdd() *cobra.Command {
	var observer bool
	cmd := &cobra.Command{
		Use: "add ID HOST:PORT", Short: "Let a node in, by the address of its peer port", Args: takes(2, 2),
		RunE: c.reshape(func(_ context.Context, _ *client.Client, args []string) (sdk.Reshape, error) {
			role := ":participant"
			if observer {
				role = ":observer"
			}
			return sdk.Reshape{Joining: "server." + args[0] + "=" + args[1] + role}, nil
		}),
	}
	cmd.Flags().BoolVar(&observer, "observer", false, "without a vote")
	return cmd
}

func (c *console) memberPromote() *cobra.Command {
	return &cobra.Command{
		Use: "promote ID", Short: "Give an observer a vote", Args: takes(1, 1),
		RunE: c.reshape(func(ctx context.Context, k *client.Client, args []string) (sdk.Reshape, error) {
			text, stat, err := k.Get(ctx, membersPath)
			if err != nil {
				return sdk.Reshape{}, err
			}
			members, err := roster.Parse(string(text))
			if err != nil {
				return sdk.Reshape{}, err
			}
			for _, m := range members {
				if m.ID == args[0] {
					return sdk.Reshape{Joining: "server." + m.ID + "=" + m.Addr + ":participant", Version: stat.Mzxid}, nil
				}
			}
			return sdk.Reshape{}, fmt.Errorf("%s is no member", args[0])
		}),
	}
}

func (c *console) memberRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove ID", Short: "Take a member out", Args: takes(1, 1),
		RunE: c.reshape(func(_ context.Context, _ *client.Client, args []string) (sdk.Reshape, error) {
			return sdk.Reshape{Leaving: args[0]}, nil
		}),
	}
}

// memberTime is what a change of the members may take when nothing else is said: a new member has to catch up.
const memberTime = time.Minute

// reshape makes a command's body of what is to change, and shows the members afterwards.
func (c *console) reshape(what func(context.Context, *client.Client, []string) (sdk.Reshape, error)) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if !cmd.Flags().Changed("timeout") {
			c.timeout = memberTime
		}
		return c.act(func(ctx context.Context, k *client.Client, args []string) error {
			change, err := what(ctx, k, args)
			if err != nil {
				return err
			}
			if change.Version == 0 {
				change.Version = -1
			}
			text, _, err := k.Reconfig(ctx, change)
			if errors.Is(err, sdk.CodeNoAuth) {
				return fmt.Errorf("%w: it takes an identity of auth.super, given with --auth USER:PASSWORD", err)
			}
			if err != nil {
				return err
			}
			return c.showMembers(text)
		})(cmd, args)
	}
}

// memberShown is a member as --json prints it.
type memberShown struct {
	ID      string `json:"id"`
	Role    string `json:"role"`
	Peer    string `json:"peer"`
	Clients string `json:"clients,omitempty"`
}

func (c *console) showMembers(text string) error {
	members, err := roster.Parse(text)
	if err != nil {
		return err
	}
	shown := make([]memberShown, len(members))
	for i, m := range members {
		shown[i] = memberShown{ID: m.ID, Role: "voter", Peer: m.Addr, Clients: m.Clients}
		if m.Observer {
			shown[i].Role = "observer"
		}
	}
	if c.json {
		return c.printJSON(shown)
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "ID\tROLE\tPEERS\tCLIENTS")
	for _, m := range shown {
		fmt.Fprintln(table, strings.Join([]string{m.ID, m.Role, m.Peer, m.Clients}, "\t"))
	}
	return table.Flush()
}
