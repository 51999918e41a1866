package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/cmd/internal/rehearse"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
	"github.com/grove-coordination/grove/wasm"
)

// trial is a rule that is tried and not installed: what the command line says about a module, or a rule of the server.
type trial struct {
	rule
	settingsFile string
}

// flags let a module be tried under any rule. A rule that is installed has all that already.
func (tr *trial) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&tr.Paths, "path", nil, "of a module: glob of the paths it judges; may be repeated (default /**)")
	flags.StringSliceVar(&tr.Kinds, "kind", nil, "of a module: kinds of write it judges (default all)")
	flags.StringVar((*string)(&tr.Reads), "reads", "none", "of a module: what it sees beside the write: none, old, tree")
	flags.StringVar(&tr.settingsFile, "settings", "", "of a module: file that is handed to it when it starts")
	flags.Uint64Var(&tr.Fuel, "fuel", 0, "of a module: what one call may use up; 0 for the default")
	flags.Uint64Var(&tr.Memory, "memory", 0, "of a module: bytes that it may have; 0 for the default")
}

// rehearse opens what is to be tried for the time of body: a file, if there is one of that name, and else a rule.
func (tr *trial) rehearse(ctx context.Context, k *client.Client, what string, body func(*rehearse.Rehearsal) error) error {
	r, code, err := tr.find(ctx, k, what)
	if err != nil {
		return err
	}
	engine, err := wasm.New(wasm.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	rehearsal, err := rehearse.Open(ctx, engine, r.Rule, code)
	if err != nil {
		return errors.Join(err, engine.Close())
	}
	err = body(rehearsal)
	rehearsal.Close()
	return errors.Join(err, engine.Close())
}

func (tr *trial) find(ctx context.Context, k *client.Client, what string) (r rule, code []byte, err error) {
	code, err = os.ReadFile(what)
	if errors.Is(err, os.ErrNotExist) {
		return findInstalled(ctx, k, what)
	}
	if err != nil {
		return r, nil, err
	}
	if tr.Settings, err = readSettings(tr.settingsFile); err != nil {
		return r, nil, err
	}
	if len(tr.Paths) == 0 {
		tr.Paths = []string{"/**"}
	}
	tr.Module = newModule(code).digest
	return tr.rule, code, nil
}

func findInstalled(ctx context.Context, k *client.Client, name string) (rule, []byte, error) {
	r, err := readRule(ctx, k, name)
	if errors.Is(err, sdk.CodeNoNode) {
		return r, nil, errors.New("neither a file nor a rule")
	}
	if err != nil {
		return r, nil, err
	}
	code, err := readStaged(ctx, k, r.Module)
	return r, code, err
}

func (c *console) scanCommand() *cobra.Command {
	var tr trial
	cmd := &cobra.Command{
		Use:   "scan MODULE|RULE [PATH]",
		Short: "Have a module or a rule judge the nodes that are there, and print those it would refuse",
		Long: "Have a module from a file, or a rule of the server, judge every node below PATH (default /) as if it were made\n" +
			"now, and print those that it would refuse. Nothing is changed. The exit status is 1 when there are some.",
		Args: takes(1, 2),
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			root := "/"
			if len(args) == 2 {
				root = args[1]
			}
			var count rehearse.Count
			err := tr.rehearse(ctx, k, args[0], func(r *rehearse.Rehearsal) (err error) {
				count, err = r.Scan(ctx, k, root, c.printFinding)
				return err
			})
			if err != nil {
				return fmt.Errorf("validator scan %s: %w", args[0], err)
			}
			return c.concludeTrial("nodes", count)
		}),
	}
	tr.flags(cmd)
	return cmd
}

func (c *console) replayCommand() *cobra.Command {
	var tr trial
	from := int64(-1)
	cmd := &cobra.Command{
		Use:   "replay MODULE|RULE",
		Short: "Have a module or a rule judge the writes of the change log, and print those it would have refused",
		Long: "Have a module from a file, or a rule of the server, judge the writes that the change log of the server at --admin\n" +
			"still holds, and print those that it would have refused. Nothing is changed. It takes --auth with an identity of\n" +
			"auth.super. As whom a write was made is not known any more, nor what a node was before the log first names it:\n" +
			"a write on which the module asks for that is counted as undecided. The exit status is 1 when there are refused ones.",
		Args: takes(1, 1),
		RunE: c.act(func(ctx context.Context, k *client.Client, args []string) error {
			var count rehearse.Count
			log, err := c.changeLog(ctx, from)
			if err == nil {
				err = tr.rehearse(ctx, k, args[0], func(r *rehearse.Rehearsal) (err error) {
					count, err = r.Replay(ctx, k, log, c.printFinding)
					return err
				})
			}
			if err != nil {
				return fmt.Errorf("validator replay %s: %w", args[0], err)
			}
			return c.concludeTrial("writes", count)
		}),
	}
	tr.flags(cmd)
	cmd.Flags().Int64Var(&from, "from", -1, "zxid after which to begin; -1 for all that the log holds")
	return cmd
}

// printFinding prints one line.
func (c *console) printFinding(f rehearse.Finding) error {
	if c.json {
		return c.printJSON(f)
	}
	words := []string{f.Op, f.Path, oneLineText(f.Reason)}
	if f.Zxid != 0 {
		words = append([]string{fmt.Sprintf("%#x", f.Zxid)}, words...)
	}
	_, err := fmt.Fprintln(c.out, strings.Join(words, " "))
	return err
}

func oneLineText(text string) string { return strings.Join(strings.Fields(text), " ") }

// concludeTrial says what was judged. What was refused is a failure of the command.
func (c *console) concludeTrial(what string, count rehearse.Count) (err error) {
	switch {
	case c.json:
		err = c.printJSON(count)
	case count.Undecided > 0:
		_, err = fmt.Fprintf(c.out, "%d %s judged, %d of them undecided\n", count.Judged, what, count.Undecided)
	default:
		_, err = fmt.Fprintf(c.out, "%d %s judged\n", count.Judged, what)
	}
	if err == nil && count.Refused > 0 {
		err = fmt.Errorf("%d of %d %s would be refused", count.Refused, count.Judged, what)
	}
	return err
}
