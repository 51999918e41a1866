package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

func (c *console) upgradeCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "upgrade NAME --module FILE",
		Short: "Give a rule another module, and keep the old one for rollback",
		Args:  takes(1, 1),
		RunE: c.actOnRule(func(ctx context.Context, k *client.Client, name string) error {
			code, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			return upgrade(ctx, k, name, newModule(code))
		}),
	}
	cmd.Flags().StringVar(&file, "module", "", "file of the module")
	if err := cmd.MarkFlagRequired("module"); err != nil {
		panic(err)
	}
	return cmd
}

// upgrade stages the module and puts it into the rule. The module before it is kept, the one before that is not.
func upgrade(ctx context.Context, k *client.Client, name string, m module) error {
	if err := m.stage(ctx, k); err != nil {
		return err
	}
	before, err := changeRule(ctx, k, name, func(r rule) (edits, error) {
		if r.Module == m.digest {
			return nil, nil
		}
		return edits{"module": m.digest, "previous": r.Module}, nil
	})
	switch {
	case err == nil:
		return unstage(ctx, k, before.Previous)
	case errors.Is(err, sdk.CodeBadArguments):
		return cmp.Or(unstage(ctx, k, m.digest), error(sdk.CodeBadArguments)) // which node it was about says nothing new
	case errors.Is(err, sdk.CodeNoNode), errors.Is(err, sdk.CodeBadVersion):
		return cmp.Or(unstage(ctx, k, m.digest), err)
	}
	return err
}

func (c *console) rollbackCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rollback NAME",
		Short: "Give a rule the module that it had before the last upgrade or rollback",
		Args:  takes(1, 1),
		RunE: c.actOnRule(func(ctx context.Context, k *client.Client, name string) error {
			_, err := changeRule(ctx, k, name, func(r rule) (edits, error) {
				if r.Previous == "" {
					return nil, errors.New("there is no module to go back to")
				}
				return edits{"module": r.Previous, "previous": r.Module}, nil
			})
			return err
		}),
	}
}

func (c *console) modeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "mode NAME enforce|audit|off",
		Short: "Have a rule refuse, only count and record what it would refuse, or rest",
		Args: func(cmd *cobra.Command, args []string) error {
			if err := takes(2, 2)(cmd, args); err != nil {
				return err
			}
			_, err := oneOf("enforce", "audit", "off")(args[1])
			return err
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.actOnRule(func(ctx context.Context, k *client.Client, name string) error {
				_, err := changeRule(ctx, k, name, func(rule) (edits, error) { return edits{"mode": args[1]}, nil })
				return err
			})(cmd, args)
		},
	}
}

func (c *console) showCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Print a rule, and how it does on the server at --admin when that can be asked",
		Args:  takes(1, 1),
		RunE: c.actOnRule(func(ctx context.Context, k *client.Client, name string) error {
			r, err := readRule(ctx, k, name)
			if err != nil {
				return err
			}
			status, _ := c.fetchRules(ctx, name) // what cannot be asked is left out
			if c.json {
				return c.printJSON(shown{r, status})
			}
			lines := r.lines()
			for i := range status {
				lines = append(lines, statusLines(&status[i])...)
			}
			return c.printLines(lines)
		}),
	}
}

// shown is a rule, and how it does if that is known.
type shown struct {
	rule
	Status []admit.RuleStatus `json:"status,omitempty"`
}

// lines are what a rule says. What it does not say is what a server takes for it.
func (r rule) lines() []line {
	r = r.known()
	return []line{
		{"name", r.Name}, {"module", r.Module}, {"previous", cmp.Or(r.Previous, "none")},
		{"paths", strings.Join(r.Paths, " ")}, {"kinds", kindsText(r.Kinds)}, {"mode", r.Mode},
		{"on error", r.OnError}, {"reads", r.Reads}, {"super", r.Super}, {"order", r.Order},
		{"limits", fmt.Sprintf("fuel %s, memory %s", orDefault(r.Fuel), orDefault(r.Memory))}, {"settings", settingsText(r.Settings)},
	}
}

func orDefault(limit uint64) string {
	if limit == 0 {
		return "default"
	}
	return fmt.Sprint(limit)
}

// settingsText is text as it is, with its lines below each other, and else JSON.
func settingsText(settings json.RawMessage) string {
	var text string
	switch {
	case len(settings) == 0:
		return "none"
	case json.Unmarshal(settings, &text) != nil:
		return string(settings)
	}
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+strings.Repeat(" ", 10))
}

// actOnRule makes a command's body of a function that works with a rule. Errors name the command and the rule.
func (c *console) actOnRule(body func(ctx context.Context, k *client.Client, name string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), c.timeout)
		defer cancel()
		err := c.withClient(ctx, func(k *client.Client) error {
			return c.explainRule(ctx, k, body(ctx, k, args[0]))
		})
		if err != nil {
			err = fmt.Errorf("validator %s %s: %w", cmd.Name(), args[0], err)
		}
		return fail(err)
	}
}
