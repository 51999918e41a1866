package history

import (
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/sdk"
)

// Tree is what a keeper needs of the tree; core/tree's Tree has it.
type Tree interface {
	Write(at tree.Stamp, who tree.Actor, op *sdk.Op, dst []tree.Effect) (sdk.Result, sdk.Code, []tree.Effect)
	Get(path string) (data []byte, acl []sdk.ACL, stat sdk.Stat, ok bool)
	Stat(path string) (sdk.Stat, bool)
	Children(path string) []string
}

var _ Tree = (*tree.Tree)(nil)

// Keeper keeps the history of one tree. The zero value is that of a tree without policies. It needs the same lock as
// writing to the tree.
type Keeper struct {
	policies map[string]*ledger // by the path they are for
	orphans  ledger             // entries that no policy is for any more; it keeps nothing
	text     []byte             // of the entry written last, to be written over
}

// Load makes the keeper that of this tree, whose history it may not have written. It takes as long as there are entries.
func (k *Keeper) Load(t Tree) {
	*k = Keeper{}
	for _, name := range t.Children(PoliciesRoot) {
		if path, policy, ok := parsePolicyNode(t, name); ok {
			k.set(path, policy)
		}
	}
	for _, name := range t.Children(EntriesRoot) {
		k.loadEntries(t, name)
	}
	k.orphans.sort(t, 0)
	for _, l := range k.policies { // each for itself: their order does not matter
		l.sort(t, 0)
	}
}

func (k *Keeper) loadEntries(t Tree, name string) {
	l := k.ledgerNamed(name)
	for _, number := range t.Children(EntriesRoot + "/" + name) {
		path := EntriesRoot + "/" + name + "/" + number
		stat, _ := t.Stat(path)
		l.enter(lineOf(path, stat))
	}
}

// ledger is that of the nearest policy for path, or that of the orphans.
func (k *Keeper) ledger(path string) *ledger {
	for above := path; above != "" && !sdk.Below(path, Root); above, _ = sdk.SplitPath(above) {
		if l := k.policies[above]; l != nil {
			if l.Keep == 0 {
				break
			}
			return l
		}
		if above == sdk.GroveRoot {
			break // what is Grove's own needs a policy there
		}
	}
	return &k.orphans
}

// idle reports whether there is nothing to keep and nothing to remove.
func (k *Keeper) idle() bool { return len(k.policies) == 0 && k.orphans.count == 0 }

// Record writes into the tree what the effects of a transaction leave in history, as a part of the same transaction, and
// removes what is beyond the policies. It appends the effects of that to those it is given and returns all. It must be
// called once for every transaction that had an effect, after it, with the stamp of the transaction and whoever wrote
// it: nobody, or a session without identities, for what the server does.
func (k *Keeper) Record(t Tree, at tree.Stamp, by tree.Actor, effects []tree.Effect) []tree.Effect {
	own := concernsHistory(effects)
	if !own && k.idle() {
		return effects
	}
	r := recording{Keeper: k, tree: t, at: at, by: by, effects: effects}
	if own {
		r.heed(effects)
	}
	r.enter(effects)
	r.trim()
	return r.effects
}

// concernsHistory reports whether a client has changed something below Root.
func concernsHistory(effects []tree.Effect) bool {
	for i := range effects {
		if sdk.Below(effects[i].Path, Root) {
			return true
		}
	}
	return false
}
