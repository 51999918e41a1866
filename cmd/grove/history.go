package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/cmd/internal/history"
	core "github.com/grove-coordination/grove/core/history"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// historyCommand shows the past of a node, and holds what decides of which nodes it is kept.
func (c *console) historyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "history PATH",
		Short: "Print who has changed a node, when, from where, and what",
		Long: "Print who has changed a node, when, from where, and what, oldest first. It is kept where 'grove history on'\n" +
			"says so. See also: grove get --version N PATH, grove diff PATH N M, grove rollback PATH --to N.",
		Args: takes(1, 1),
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			changes, err := history.Changes(ctx, k, args[0])
			switch {
			case err != nil:
				return err
			case c.json:
				return c.printJSON(changes)
			}
			return history.PrintChanges(c.out, changes)
		}),
	}
	cmd.AddCommand(c.historyOnCommand(), c.historyOffCommand(), c.historyListCommand())
	return cmd
}

func (c *console) historyOnCommand() *cobra.Command {
	p := core.NewPolicy(20)
	var age string
	cmd := &cobra.Command{
		Use:   "on PATH",
		Short: "Keep the changes of a node and of everything below it, from now on",
		Long: "Keep the changes of a node and of everything below it, from now on. With --auth the policy, and what it stands\n" +
			"below, may be changed by who gives the same --auth, and by super. Without, anyone who reaches the server may.",
		Args: takes(1, 1),
		PreRunE: func(*cobra.Command, []string) (err error) {
			if age != "" {
				p.Age, err = history.ParseAge(age)
			}
			if err == nil {
				err = p.Check()
			}
			return err
		},
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			if err := history.On(ctx, k, args[0], p); err != nil {
				return err
			}
			return c.warnOpen(ctx, k, core.PolicyPath(args[0]), core.PoliciesRoot)
		}),
	}
	flags := cmd.Flags()
	flags.IntVar(&p.Keep, "keep", p.Keep, "how many changes of each node; 0: none, where a path above keeps some")
	flags.StringVar(&age, "age", "", "how long a change is kept, such as 30d or 12h; without it, however old")
	flags.IntVar(&p.Entries, "entries", p.Entries, "how many changes of all nodes together")
	flags.Int64Var(&p.Bytes, "bytes", p.Bytes, "how many bytes of all changes together")
	return cmd
}

func (c *console) historyOffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "off PATH",
		Short: "Forget the changes of a node and of everything below it, and keep no more",
		Args:  takes(1, 1),
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			return history.Off(ctx, k, args[0])
		}),
	}
}

func (c *console) historyListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print of which paths changes are kept",
		Args:  takes(0, 0),
		RunE: c.act(func(ctx context.Context, k *client.Client, _ []string) error {
			policies, err := history.List(ctx, k)
			switch {
			case err != nil:
				return err
			case c.json:
				return c.printJSON(append([]history.Policy{}, policies...))
			}
			return history.PrintPolicies(c.out, policies)
		}),
	}
}

func (c *console) diffCommand() *cobra.Command {
	var from, to int32
	return &cobra.Command{
		Use:   "diff PATH N M",
		Short: "Print how two versions of a node's data differ",
		Args:  takes(3, 3),
		PreRunE: func(_ *cobra.Command, args []string) (err error) {
			if from, err = nodeVersion(args[1]); err == nil {
				to, err = nodeVersion(args[2])
			}
			return err
		},
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			return history.Diff(ctx, k, c.out, args[0], from, to)
		}),
	}
}

// nodeVersion reads the number of a version of a node's data.
func nodeVersion(text string) (int32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no version of a node: a number such as 3", text)
	}
	return int32(n), nil
}

func (c *console) rollbackNodeCommand() *cobra.Command {
	var to int32
	cmd := &cobra.Command{
		Use:   "rollback PATH --to N",
		Short: "Give a node the data of an earlier version again, as a new version",
		Args:  takes(1, 1),
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			stat, err := history.Rollback(ctx, k, args[0], to)
			if err != nil {
				return err
			}
			return c.show(fmt.Sprintf("%s has the data of version %d as version %d", args[0], to, stat.Version), statOf{args[0], statJSON(stat)})
		}),
	}
	cmd.Flags().Int32Var(&to, "to", 0, "the version whose data it gets")
	if err := cmd.MarkFlagRequired("to"); err != nil {
		panic(err)
	}
	return cmd
}

// oldVersion prints the data that a node had in some version. As JSON its Stat has what is known: when the data came,
// and how long it is.
func (c *console) oldVersion(ctx context.Context, k *client.Client, path string, version int32, raw bool) error {
	old, err := history.Version(ctx, k, path, version)
	if err != nil {
		return err
	}
	stat := sdk.Stat{Mzxid: old.Zxid, Mtime: old.Time, Version: old.Version, DataLength: int32(len(old.Data))}
	return c.printData(node{Path: path, Data: old.Data, Stat: stat}, raw)
}
