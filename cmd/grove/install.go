package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// installation is what the command line says about a rule.
type installation struct {
	rule
	moduleFile   string
	settingsFile string
}

func (c *console) installCommand() *cobra.Command {
	var in installation
	cmd := &cobra.Command{
		Use:   "install NAME --module FILE --path GLOB",
		Short: "Have a WebAssembly module judge the writes below some paths",
		Long: "Stage a module in the tree and write the rule that puts it into force on every node, over a rule of the\n" +
			"same name. In a glob * stands for one component and ** for any number of them. With --auth what it makes may\n" +
			"be changed by who gives the same --auth, and by super. Without, anyone who reaches the server may.",
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.Name = args[0]
			if err := in.check(); err != nil {
				return fmt.Errorf("validator install %s: %w", in.Name, err)
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), c.timeout)
			defer cancel()
			err := c.install(ctx, in)
			if err != nil {
				err = fmt.Errorf("validator install %s: %w", in.Name, err)
			}
			return fail(err)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&in.moduleFile, "module", "", "file of the module")
	flags.StringArrayVar(&in.Paths, "path", nil, "glob of the paths it judges, such as '/config/**'; may be repeated")
	flags.StringSliceVar(&in.Kinds, "kind", nil, "kinds of write it judges: create, set, delete, acl (default all)")
	flags.StringVar((*string)(&in.Mode), "mode", "enforce", "enforce; audit: count and record, refuse nothing; off")
	flags.StringVar(&in.OnError, "on-error", "deny", "deny or allow, when the module itself fails")
	flags.StringVar((*string)(&in.Reads), "reads", "none", "what it sees beside the write: none; old: the nodes it writes; tree: any node")
	flags.StringVar(&in.settingsFile, "settings", "", "file that is handed to the module when it starts")
	flags.StringVar((*string)(&in.Super), "super", "judge", "judge or bypass, when the super identity writes")
	flags.Uint64Var(&in.Fuel, "fuel", 0, "what one call may use up; 0 for the server's default")
	flags.Uint64Var(&in.Memory, "memory", 0, "bytes that an instance of the module may have; 0 for the server's default")
	flags.IntVar(&in.Order, "order", 0, "rules run in ascending order, then by name")
	for _, name := range []string{"module", "path"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
	return cmd
}

// check finds what can be seen to be wrong without a server.
func (in *installation) check() error {
	_, err := word(in.Name)
	errs := []error{err}
	for _, path := range in.Paths {
		_, err := sdk.ParseGlob(path)
		errs = append(errs, err)
	}
	for _, kind := range in.Kinds {
		errs = append(errs, flagOneOf("kind", kind, "create", "set", "delete", "acl"))
	}
	errs = append(errs,
		flagOneOf("mode", string(in.Mode), "enforce", "audit", "off"),
		flagOneOf("on-error", in.OnError, "deny", "allow"),
		flagOneOf("super", string(in.Super), "judge", "bypass"),
		flagOneOf("reads", string(in.Reads), "none", "old", "tree"))
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func flagOneOf(flag, value string, words ...string) error {
	if _, err := oneOf(words...)(value); err != nil {
		return fmt.Errorf("--%s: %w", flag, err)
	}
	return nil
}

func (c *console) install(ctx context.Context, in installation) error {
	code, err := os.ReadFile(in.moduleFile)
	if err != nil {
		return err
	}
	if in.Settings, err = readSettings(in.settingsFile); err != nil {
		return err
	}
	m := newModule(code)
	in.Module = m.digest
	return c.withClient(ctx, func(k *client.Client) error {
		if err := in.install(ctx, k, m); err != nil {
			return c.explainRule(ctx, k, err)
		}
		return c.warnOpen(ctx, k, in.path(), rulesRoot)
	})
}

// explainRule is explain for a rule: it also says that the reason is not to be had.
func (c *console) explainRule(ctx context.Context, k *client.Client, err error) error {
	err = c.explain(ctx, k, err)
	if _, explained := errors.AsType[*refusal](err); errors.Is(err, sdk.CodeBadArguments) && !explained {
		return fmt.Errorf("refused, and --admin %s does not tell why: %w", c.admin, err)
	}
	return err
}

// install stages the module, writes the rule, and removes the module that this leaves without a rule: the one of the
// rule before, or the new one when it is refused.
func (in *installation) install(ctx context.Context, k *client.Client, m module) error {
	before, err := readRule(ctx, k, in.Name)
	if err != nil && !errors.Is(err, sdk.CodeNoNode) {
		return err
	}
	if err := m.stage(ctx, k); err != nil {
		return err
	}
	err = in.write(ctx, k)
	switch {
	case errors.Is(err, sdk.CodeBadArguments):
		return cmp.Or(unstage(ctx, k, m.digest), error(sdk.CodeBadArguments)) // which node it was about says nothing new
	case err == nil:
		return errors.Join(unstage(ctx, k, before.Module), unstage(ctx, k, before.Previous))
	}
	return err
}

// readSettings reads a file as JSON if it is that, else as text.
func readSettings(file string) (json.RawMessage, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if json.Valid(data) {
		return data, nil
	}
	return json.Marshal(string(data))
}
