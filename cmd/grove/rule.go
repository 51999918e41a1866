package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/grove-coordination/grove/cmd/internal/own"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// Where rules and modules stand in the tree.
const (
	rulesRoot   = "/grove/validators"
	modulesRoot = "/grove/modules"
)

// rule is what a rule node says: which module judges which writes, and how its verdict counts.
type rule struct {
	Name     string          `json:"name,omitempty"` // of the node, not in its data
	Module   string          `json:"module"`         // SHA-256 in hexadecimal
	Paths    []string        `json:"paths"`
	Kinds    []string        `json:"kinds,omitempty"`
	Mode     string          `json:"mode"`
	OnError  string          `json:"on_error"`
	Reads    string          `json:"reads,omitempty"`
	Fuel     uint64          `json:"fuel,omitempty"`
	Memory   uint64          `json:"memory,omitempty"`
	Super    string          `json:"super,omitempty"` // judge or bypass
	Order    int             `json:"order,omitempty"`
	Previous string          `json:"previous,omitempty"` // the module before this one
	Settings json.RawMessage `json:"settings,omitempty"`
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
	r.Mode, r.OnError = cmp.Or(r.Mode, "enforce"), cmp.Or(r.OnError, "deny")
	r.Reads, r.Super = cmp.Or(r.Reads, "none"), cmp.Or(r.Super, "judge")
	return r
}

// changeRule writes a rule anew as change makes it, unless somebody else has changed it meanwhile.
func changeRule(ctx context.Context, k *client.Client, name string, change func(*rule) error) (before rule, err error) {
	data, stat, err := k.Get(ctx, rule{Name: name}.path())
	if err != nil {
		return before, err
	}
	if err := json.Unmarshal(data, &before); err != nil {
		return before, fmt.Errorf("rule %s: %w", name, err)
	}
	after := before
	if err := change(&after); err != nil {
		return before, err
	}
	if data, err = json.Marshal(after); err != nil {
		return before, err
	}
	_, err = k.Set(ctx, rule{Name: name}.path(), data, stat.Version)
	return before, err
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
