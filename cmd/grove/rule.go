package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/grove-coordination/grove/cmd/internal/own"
	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// Where rules and modules stand in the tree.
const (
	rulesRoot   = admit.RulesRoot
	modulesRoot = admit.ModuleRoot
)

// rule is a rule node with its name, which is not in its data.
type rule struct {
	Name string `json:"name,omitempty"`
	admit.Rule
}

// needs reports whether the rule names the module, for now or for going back.
func (r rule) needs(digest string) bool { return digest == r.Module || digest == r.Previous }

func (r rule) path() string { return sdk.JoinPath(rulesRoot, r.Name) }

// write puts the rule into force, over one of the same name. A new one is its creator's.
func (r rule) write(ctx context.Context, k *client.Client) error {
	path := r.path()
	r.Name = ""
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	err = own.Create(ctx, k, path, data)
	if errors.Is(err, sdk.CodeNodeExists) {
		_, err = k.Set(ctx, path, data, sdk.AnyVersion)
	}
	return err
}

// known fills in what a rule does not say, as a server does.
func (r rule) known() rule {
	r.Mode, r.OnError = cmp.Or(r.Mode, admit.Enforce), cmp.Or(r.OnError, "deny")
	r.Reads, r.Super = cmp.Or(r.Reads, admit.ReadsNone), cmp.Or(r.Super, admit.SuperJudged)
	return r
}

// changeRule gives keys of a rule other values, unless somebody else has changed it meanwhile. All others stay as they
// are, among them those that only a newer server knows.
func changeRule(ctx context.Context, k *client.Client, name string, change func(rule) (edits, error)) (before rule, err error) {
	path := rule{Name: name}.path()
	data, stat, err := k.Get(ctx, path)
	if err != nil {
		return before, err
	}
	if err := json.Unmarshal(data, &before); err != nil {
		return before, fmt.Errorf("rule %s: %w", name, err)
	}
	wanted, err := change(before)
	if err != nil {
		return before, err
	}
	if data, err = wanted.in(data); err != nil {
		return before, fmt.Errorf("rule %s: %w", name, err)
	}
	_, err = k.Set(ctx, path, data, stat.Version)
	return before, err
}

// edits are texts by the keys of a JSON object that are to have them.
type edits map[string]string

// in is the object with the edits.
func (e edits) in(object []byte) ([]byte, error) {
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(object, &all); err != nil {
		return nil, err
	}
	for key, text := range e {
		value, err := json.Marshal(text)
		if err != nil {
			return nil, err
		}
		all[key] = value
	}
	return json.Marshal(all)
}

// readRule reads a rule that this or another program wrote.
func readRule(ctx context.Context, k *client.Client, name string) (rule, error) {
	r := rule{Name: name}
	data, _, err := k.Get(ctx, r.path())
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("rule %s: %w", r.path(), err)
	}
	r.Name = name
	return r, nil
}

// readRules reads all rules in the order they run. One that goes meanwhile is left out.
func readRules(ctx context.Context, k *client.Client) ([]rule, error) {
	names, _, err := k.Children(ctx, rulesRoot)
	if errors.Is(err, sdk.CodeNoNode) {
		return nil, nil // none was ever installed
	}
	if err != nil {
		return nil, err
	}
	var rules []rule
	for _, name := range names {
		r, err := readRule(ctx, k, name)
		switch {
		case errors.Is(err, sdk.CodeNoNode):
		case err != nil:
			return nil, err
		default:
			rules = append(rules, r)
		}
	}
	slices.SortFunc(rules, func(a, b rule) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Name, b.Name))
	})
	return rules, nil
}
