package history

import (
	"slices"

	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/sdk"
)

// removals is how many entries one transaction removes at most to keep within the bounds of policies on the whole, and
// nodeRemovals how many one change removes of its own node.
const (
	removals     = 1000
	nodeRemovals = 100
)

// server is who writes history.
var server = tree.Actor{Identities: []sdk.Identity{sdk.Super}}

// recording is the history of one transaction under way.
type recording struct {
	*Keeper
	tree    Tree
	at      tree.Stamp
	by      tree.Actor
	effects []tree.Effect
	touched []grown // ledgers, each once
}

// grown is a ledger, and how many lines it had before.
type grown struct {
	*ledger
	before int
}

// write does one op as the server, whom no quota stops.
func (r *recording) write(op sdk.Op) (code sdk.Code) {
	_, code, r.effects = r.tree.Write(r.at, server, &op, r.effects)
	return code
}

// enter writes an entry for every effect below a policy.
func (r *recording) enter(effects []tree.Effect) {
	for i := range effects {
		e := &effects[i]
		if l := r.ledger(e.Path); l != &r.orphans {
			r.touch(l)
			r.note(l, e)
		}
	}
}

func (r *recording) touch(l *ledger) {
	if !slices.ContainsFunc(r.touched, func(g grown) bool { return g.ledger == l }) {
		r.touched = append(r.touched, grown{l, len(l.lines)})
	}
}

// note writes the entry of one effect, behind that of what the node held before if it had none: that would be lost with
// the first change that history knows of.
func (r *recording) note(l *ledger, e *tree.Effect) {
	above, may := EntriesPath(e.Path), readers(e.ACL)
	if r.prepare(above, may) && e.Kind != sdk.Created && l.Keep > 1 {
		r.put(l, above, may, beforeEntry(&e.Before))
	}
	r.put(l, above, may, newEntry(r.at, r.by, &e.Change))
	r.shorten(l, above)
}

// put writes an entry.
func (r *recording) put(l *ledger, above string, may []sdk.ACL, entry Entry) {
	r.text = entry.append(r.text[:0])
	op := sdk.Op{Kind: sdk.OpCreate, Path: above + "/", Data: r.text, ACL: may, Mode: sdk.ModePersistentSequential}
	made := len(r.effects)
	if r.create(op) != sdk.OK {
		return
	}
	path := r.effects[made].Path
	stat, _ := r.tree.Stat(path)
	l.enter(lineOf(path, stat))
}

// shorten removes the oldest entries of one node until no more are left than are kept, or enough is done for now. Which
// they are is read from the names: super may have taken out any.
func (r *recording) shorten(l *ledger, above string) {
	stat, _ := r.tree.Stat(above)
	excess := min(int(stat.NumChildren)-l.Keep, nodeRemovals)
	if excess <= 0 {
		return
	}
	for _, number := range r.tree.Children(above)[:excess] {
		path := above + "/" + number
		entry, _ := r.tree.Stat(path)
		l.strike(lineOf(path, entry))
		r.remove(path)
	}
}

// prepare makes the node above the entries, or, when the readers are others than the last time, takes the entries from
// those who are not among them any more. It reports whether it made it.
func (r *recording) prepare(above string, may []sdk.ACL) bool {
	_, acl, _, ok := r.tree.Get(above)
	switch {
	case !ok:
		op := sdk.Op{Kind: sdk.OpCreate, Path: above, ACL: may}
		if r.create(op) == sdk.CodeNoNode {
			r.create(sdk.Op{Kind: sdk.OpCreate, Path: EntriesRoot, ACL: nobody})
			r.create(op)
		}
	case !slices.Equal(acl, may):
		for _, number := range r.tree.Children(above) {
			path := above + "/" + number
			_, acl, _, _ := r.tree.Get(path)
			r.restrict(path, both(acl, may))
		}
		r.restrict(above, may)
	}
	return !ok
}

// create makes a node. Lists that a node may not be given, which come from trees of other servers, are replaced by one that
// lets nobody read.
func (r *recording) create(op sdk.Op) sdk.Code {
	code := r.write(op)
	if code == sdk.CodeInvalidACL {
		op.ACL = nobody
		code = r.write(op)
	}
	return code
}

func (r *recording) restrict(path string, acl []sdk.ACL) {
	op := sdk.Op{Kind: sdk.OpSetACL, Path: path, ACL: acl, Version: sdk.AnyVersion}
	if r.write(op) == sdk.CodeInvalidACL {
		op.ACL = nobody
		r.write(op)
	}
}

// trim brings what has grown, and what no policy is for, within its bounds.
func (r *recording) trim() {
	left := removals
	if r.orphans.count > 0 {
		r.touch(&r.orphans)
	}
	for _, l := range r.touched {
		l.sort(r.tree, min(l.before, len(l.lines)))
		for ; left > 0; left-- {
			oldest, ok := l.excess(r.tree, r.at)
			if !ok {
				break
			}
			r.remove(oldest.path)
		}
	}
}

// remove deletes an entry, and the node above it with the last one.
func (r *recording) remove(path string) {
	r.write(sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion})
	above, _ := sdk.SplitPath(path)
	if stat, ok := r.tree.Stat(above); ok && stat.NumChildren == 0 {
		r.write(sdk.Op{Kind: sdk.OpDelete, Path: above, Version: sdk.AnyVersion})
	}
}
