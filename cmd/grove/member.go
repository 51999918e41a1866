package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

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
			"--cluster.observer it comes without one. Changing members needs the super identity: --auth USER:PASSWORD.\n\n" +
			"A member moves to another address when it is stopped and started there once, with its data folder, its ID and\n" +
			"--cluster.join that names another member.",
	}, c.memberList(), c.memberAdd(), c.memberPromote(), c.memberRemove())
}

func (c *console) memberList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Show who belongs to the cluster, and who leads it", Args: takes(0, 0),
		RunE: c.act(func(ctx context.Context, k *client.Client, _ []string) error {
			text, _, err := k.Get(ctx, membersPath)
			if err != nil {
				return err
			}
			members, err := roster.Parse(string(text))
			if err != nil {
				return err
			}
			return c.showMembers(members, leader(ctx, members))
		}),
	}
}

func (c *console) memberAdd() *cobra.Command {
	var observer bool
	cmd := &cobra.Command{
		Use: "add ID HOST:PORT", Short: "Let a node in, by the address of its peer port", Args: takes(2, 2),
		PreRunE: func(_ *cobra.Command, args []string) error { return newcomer(args[0], args[1]) },
		RunE: c.reshape(func(known *roster.Roster, args []string) (memberChange, error) {
			role := ":participant"
			if observer {
				role = ":observer"
			}
			if m, ok := find(known, args[0]); ok {
				return memberChange{}, fmt.Errorf("%s is a member already, at %s", m.ID, m.Addr)
			}
			return planned(known, memberChange{Reshape: sdk.Reshape{Joining: "server." + args[0] + "=" + args[1] + role}, id: args[0], addr: args[1]})
		}),
	}
	cmd.Flags().BoolVar(&observer, "observer", false, "without a vote")
	return cmd
}

func (c *console) memberPromote() *cobra.Command {
	return &cobra.Command{
		Use: "promote ID", Short: "Give an observer a vote", Args: takes(1, 1),
		RunE: c.reshape(func(known *roster.Roster, args []string) (memberChange, error) {
			m, ok := find(known, args[0])
			if !ok {
				return memberChange{}, fmt.Errorf("%s is no member", args[0])
			}
			return planned(known, memberChange{Reshape: sdk.Reshape{Joining: "server." + m.ID + "=" + m.Addr + ":participant"}, id: m.ID, addr: m.Addr})
		}),
	}
}

func (c *console) memberRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove ID", Short: "Take a member out", Args: takes(1, 1),
		Long: "Take a member out. Its process goes on, serves nobody, and says in its log and on /readyz that it is no member\n" +
			"any more, and what to do with it. Started again with --cluster.join it comes back.",
		RunE: c.reshape(func(known *roster.Roster, args []string) (memberChange, error) {
			if _, ok := find(known, args[0]); !ok {
				return memberChange{}, fmt.Errorf("%s is no member", args[0])
			}
			return planned(known, memberChange{Reshape: sdk.Reshape{Leaving: args[0]}})
		}),
	}
}

// memberShown is a member as --json prints it.
type memberShown struct {
	ID      string `json:"id"`
	Role    string `json:"role"`
	Peer    string `json:"peer"`
	Clients string `json:"clients,omitempty"`
	Leads   bool   `json:"leads,omitempty"`
}

// showMembers prints the members, and marks the one that leads, "" for none known.
func (c *console) showMembers(members []sdk.Member, leader string) error {
	shown := make([]memberShown, len(members))
	for i, m := range members {
		shown[i] = memberShown{ID: m.ID, Role: "voter", Peer: m.Addr, Clients: m.Clients, Leads: m.ID == leader}
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
		line := strings.Join([]string{m.ID, m.Role, m.Peer, m.Clients}, "\t")
		if m.Leads {
			line += "\tleads"
		}
		fmt.Fprintln(table, line)
	}
	return table.Flush()
}
