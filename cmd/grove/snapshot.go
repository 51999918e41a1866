package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/cmd/internal/offline"
	"github.com/grove-coordination/grove/core/replica"
)

func (c *console) snapshotCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "snapshot",
		Short: "Save, look at, check and restore what a stopped server keeps",
		Long: "Save, look at, check and restore what a stopped server keeps in its data folder (data.dir).\n" +
			"A saved file holds everything: the newest snapshot, and the log behind it.",
	}, c.snapshotSave(), c.snapshotInspect(), c.snapshotVerify(), c.snapshotRestore())
}

func (c *console) snapshotSave() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "save FILE", Short: "Write what a data folder holds into a new file", Args: takes(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			saved, err := offline.Save(dir, args[0])
			if err != nil {
				return fail(err)
			}
			return fail(c.show(fmt.Sprintf("%s holds what node %s has up to entry %d, %d bytes", args[0], saved.Node, saved.Last, saved.Bytes), saved))
		},
	}
	dataFlag(cmd, &dir)
	return cmd
}

// dataFlag is the flag for a data folder.
func dataFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "data", defaults().DataDir, "data folder of a server that is stopped")
}

func (c *console) snapshotInspect() *cobra.Command {
	return &cobra.Command{
		Use: "inspect FILE|FOLDER", Short: "Print what a saved file or a data folder holds", Args: takes(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			report, err := offline.Inspect(args[0])
			switch {
			case err != nil:
				return fail(err)
			case c.json:
				err = c.printJSON(report)
			default:
				err = report.Print(c.out)
			}
			return fail(errors.Join(err, report.Whole()))
		},
	}
}

func (c *console) snapshotVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify FILE|FOLDER", Short: "Compare the checksums of a saved file or a data folder, and read all of it", Args: takes(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			report, err := offline.Inspect(args[0])
			if err := cmp.Or(err, report.Whole()); err != nil {
				return fail(err)
			}
			return fail(c.show(args[0]+" is whole: "+report.Summary(), report))
		},
	}
}

func (c *console) snapshotRestore() *cobra.Command {
	var dir, node, list string
	var all []replica.Member
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Make a new data folder from a saved file", Args: takes(1, 1),
		Long: "Make a new data folder from a saved file, for a node that is a new cluster, alone or with others: with\n" +
			"--members, restore the same file on each of them, and start all with the same cluster.members.",
		PreRunE: func(*cobra.Command, []string) (err error) {
			all, err = restored(node, list)
			return err
		},
		RunE: func(_ *cobra.Command, args []string) error { return fail(offline.Restore(args[0], dir, node, all)) },
	}
	dataFlag(cmd, &dir)
	cmd.Flags().StringVar(&node, "node", defaults().NodeID, "name of the node")
	cmd.Flags().StringVar(&list, "members", "", "all nodes of the new cluster, id=host:port of their peer ports; none: this one alone")
	return cmd
}

// restored are the members of the new cluster.
func restored(node, list string) (all []replica.Member, err error) {
	if _, err := word(node); err != nil {
		return nil, fmt.Errorf("restore: --node: %w", err)
	}
	named, err := members(list)
	for _, m := range named {
		all = append(all, replica.Member(m))
	}
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return []replica.Member{{ID: node, Addr: defaults().Listen.Peer}}, nil
	case !slices.ContainsFunc(all, func(m replica.Member) bool { return m.ID == node }):
		return nil, errors.New("restore: --node is not among --members")
	}
	return all, nil
}
