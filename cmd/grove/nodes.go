package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

func (c *console) createCommand() *cobra.Command {
	var parents, sequential bool
	cmd := &cobra.Command{
		Use:   "create PATH [DATA]",
		Short: "Make a node and print its path",
		Long: "Make a node and print its path. Without DATA the node has none, which is not the same as empty data.\n" +
			"DATA that begins with a dash comes after --.",
		Args: takes(1, 2),
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			create, mode := k.Create, sdk.ModePersistent
			if parents {
				create = k.CreateParents
			}
			if sequential {
				mode = sdk.ModePersistentSequential
			}
			var data []byte
			if len(args) == 2 {
				data = []byte(args[1])
			}
			path, err := create(ctx, args[0], data, mode, nil)
			if err != nil {
				return err
			}
			return c.show(path, struct {
				Path string `json:"path"`
			}{path})
		}),
	}
	cmd.Flags().BoolVarP(&parents, "parents", "p", false, "make the parents that are missing")
	cmd.Flags().BoolVarP(&sequential, "sequential", "s", false, "append the parent's counter to the name")
	return cmd
}

func (c *console) getCommand() *cobra.Command {
	var raw bool
	var version int32
	cmd := &cobra.Command{
		Use:   "get PATH",
		Short: "Print the data of a node",
		Long: "Print the data of a node and, but with --raw, a newline after it. Earlier versions are there where\n" +
			"'grove history on' says so.",
		Args: takes(1, 1),
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			if version != sdk.AnyVersion {
				return c.oldVersion(ctx, k, args[0], version, raw)
			}
			data, stat, err := k.Get(ctx, args[0])
			if err != nil {
				return err
			}
			return c.printData(node{Path: args[0], Data: data, Stat: stat}, raw)
		}),
	}
	cmd.Flags().BoolVar(&raw, "raw", false, "print the data and nothing else")
	cmd.Flags().Int32Var(&version, "version", sdk.AnyVersion, "the data of this version; -1 for the current one")
	return cmd
}

// printData prints the data of a node, with a newline after it unless it shall be raw.
func (c *console) printData(n node, raw bool) error {
	if c.json {
		return c.printJSON(n)
	}
	if !raw {
		n.Data = append(n.Data[:len(n.Data):len(n.Data)], '\n')
	}
	_, err := c.out.Write(n.Data)
	return err
}

func (c *console) setCommand() *cobra.Command {
	var version int32
	cmd := &cobra.Command{
		Use:   "set PATH DATA",
		Short: "Replace the data of a node",
		Long:  "Replace the data of a node. DATA that begins with a dash comes after --.",
		Args:  takes(2, 2),
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			stat, err := k.Set(ctx, args[0], []byte(args[1]), version)
			if err != nil || !c.json {
				return err
			}
			return c.printJSON(statOf{args[0], statJSON(stat)})
		}),
	}
	versionFlag(cmd, &version)
	return cmd
}

func (c *console) deleteCommand() *cobra.Command {
	var version int32
	var recursive bool
	cmd := &cobra.Command{
		Use:   "delete PATH",
		Short: "Remove a node",
		Args:  takes(1, 1),
		PreRunE: func(_ *cobra.Command, args []string) error {
			if recursive && args[0] == "/" {
				return errors.New("delete: / stays; name what is below it")
			}
			if recursive && version != sdk.AnyVersion {
				return errors.New("delete: --recursive takes no --version")
			}
			return nil
		},
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			if recursive {
				return deleteTree(ctx, k, args[0])
			}
			return k.Delete(ctx, args[0], version)
		}),
	}
	versionFlag(cmd, &version)
	cmd.Flags().BoolVarP(&recursive, "recursive", "r", false, "remove everything below it too, one node after another")
	return cmd
}

func versionFlag(cmd *cobra.Command, version *int32) {
	cmd.Flags().Int32Var(version, "version", sdk.AnyVersion, "only if the node has this version; -1 for any")
}

// deleteTree removes a node and what is below it, children first. What somebody else removes meanwhile is gone too,
// and children that come meanwhile are removed as well; only a path that is itself missing is an error.
func deleteTree(ctx context.Context, k *client.Client, path string) error {
	for {
		names, _, err := k.Children(ctx, path)
		if err != nil {
			return err
		}
		for _, name := range names {
			err := deleteTree(ctx, k, sdk.JoinPath(path, name))
			if err != nil && !errors.Is(err, sdk.CodeNoNode) {
				return err
			}
		}
		if err := k.Delete(ctx, path, sdk.AnyVersion); !errors.Is(err, sdk.CodeNotEmpty) {
			return err
		}
	}
}

func (c *console) lsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "ls PATH",
		Short: "Print the names of a node's children, in order",
		Args:  takes(1, 1),
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			names, _, err := k.Children(ctx, args[0])
			if err != nil {
				return err
			}
			slices.Sort(names)
			if c.json {
				return c.printJSON(struct {
					Path     string   `json:"path"`
					Children []string `json:"children"`
				}{args[0], append([]string{}, names...)})
			}
			for _, name := range names {
				if _, err := fmt.Fprintln(c.out, name); err != nil {
					return err
				}
			}
			return nil
		}),
	}
}

func (c *console) statCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stat PATH",
		Short: "Print what the server knows of a node beside its data",
		Args:  takes(1, 1),
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			stat, ok, err := k.Exists(ctx, args[0])
			switch {
			case err != nil:
				return err
			case !ok:
				return fmt.Errorf("stat %s: %w", args[0], sdk.CodeNoNode)
			case c.json:
				return c.printJSON(statOf{args[0], statJSON(stat)})
			}
			return printStat(c.out, stat)
		}),
	}
}

// show prints a line, or v with --json.
func (c *console) show(line string, v any) error {
	if c.json {
		return c.printJSON(v)
	}
	_, err := fmt.Fprintln(c.out, line)
	return err
}
