package history

import (
	"slices"
	"strings"

	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/sdk"
)

// heed takes over what clients have done below Root: to policies, and to entries. Anything else there says nothing, so who
// writes it costs no more than anywhere.
func (r *recording) heed(effects []tree.Effect) {
	r.amend(effects)
	r.evict(effects)
	for i := range effects {
		if name, ok := strings.CutPrefix(effects[i].Path, PoliciesRoot+"/"); ok {
			r.govern(r.tree, name)
		}
	}
}

// evict removes what a client has created among the entries, children first: if it stood there it could be taken for
// history.
func (r *recording) evict(effects []tree.Effect) {
	for i := range slices.Backward(effects) {
		if e := &effects[i]; e.Kind == sdk.Created && sdk.Below(e.Path, EntriesRoot) {
			r.write(sdk.Op{Kind: sdk.OpDelete, Path: e.Path, Version: sdk.AnyVersion}) // it may be gone again
		}
	}
}

// amend has the ledgers know of entries that super has deleted or written. What a client has created is in no ledger,
// whatever stood there before.
func (k *Keeper) amend(effects []tree.Effect) {
	created := map[string]bool{}
	for i := range effects {
		e := &effects[i]
		switch {
		case e.Kind == sdk.Created:
			created[e.Path] = true
		case sdk.Below(e.Path, EntriesRoot) && !created[e.Path]:
			k.ledgerOf(e.Path).amend(e)
		}
	}
}

// amend strikes an entry that was deleted, and measures one anew that was written. Of several lines with its path the
// last is of the entry that was there.
func (l *ledger) amend(e *tree.Effect) {
	for i := range slices.Backward(l.lines) {
		if l.lines[i].path != e.Path {
			continue
		}
		switch line := &l.lines[i]; e.Kind {
		case sdk.Changed:
			l.bytes -= line.bytes
			line.bytes = int64(len(e.Data)) + entryCost
			l.bytes += line.bytes
		case sdk.Deleted:
			l.strike(*line)
			l.lines = slices.Delete(l.lines, i, i+1)
		}
		return
	}
}

// govern takes over what the node of that name below PoliciesRoot says now, or that there is none. That takes no time,
// unless entries belong to another ledger then: they are looked for in the one where they are.
func (k *Keeper) govern(t Tree, name string) {
	path, policy, ok := parsePolicyNode(t, name)
	old := k.policies[path]
	switch {
	case !ok && old == nil:
		return
	case ok && old != nil && (policy.Keep > 0) == (old.Keep > 0):
		old.Policy = policy
		return
	}
	from := k.ledger(path)
	if delete(k.policies, path); ok {
		k.set(path, policy)
	}
	if to := k.ledger(path); to != from {
		k.move(t, from, to)
	}
}

// set has a policy for path, where there was none.
func (k *Keeper) set(path string, policy Policy) {
	if k.policies == nil {
		k.policies = map[string]*ledger{}
	}
	k.policies[path] = &ledger{Policy: policy}
}

// parsePolicyNode reads a policy in the tree; ok is false when there is none that can be read.
func parsePolicyNode(t Tree, name string) (path string, policy Policy, ok bool) {
	path, err := Path(name)
	if err != nil || sdk.Below(path, Root) {
		return "", Policy{}, false
	}
	data, _, _, _ := t.Get(PoliciesRoot + "/" + name)
	policy, err = ParsePolicy(data)
	return path, policy, err == nil
}

// move gives to one ledger what belongs to it and stands in another.
func (k *Keeper) move(t Tree, from, to *ledger) {
	from.lines = slices.DeleteFunc(from.lines, func(e line) bool {
		if k.ledgerOf(e.path) != to {
			return false
		}
		if e.there(t) {
			from.strike(e)
			to.enter(e)
		}
		return true
	})
	to.sort(t, 0)
}

// ledgerOf is the ledger that has the entry at a path.
func (k *Keeper) ledgerOf(entry string) *ledger {
	above, _ := sdk.SplitPath(entry)
	return k.ledgerNamed(strings.TrimPrefix(above, EntriesRoot+"/"))
}

// ledgerNamed is the ledger that has the entries below the node of that name.
func (k *Keeper) ledgerNamed(name string) *ledger {
	path, err := Path(name)
	if err != nil {
		return &k.orphans
	}
	return k.ledger(path)
}
