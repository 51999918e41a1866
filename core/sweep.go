package core

import (
	"sync/atomic"
	"time"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

const (
	maxSweep    = 256    // nodes whose time has come that are proposed before the last of them is applied
	maxUnneeded = 10_000 // modules that one sweep removes; the rest waits for the next
)

// sweeping is how far a round of the leader's sweep has come. A round looks once through all containers and TTL nodes, a
// stretch at a time, so that nobody waits for it; where some had to go, the next stretch comes when they are applied, so
// that it never fills the log. A round that breaks off is taken up where it was by the next one.
type sweeping struct {
	more chan struct{}          // of capacity one: keepTime may look through the next stretch
	last atomic.Pointer[string] // path of what was proposed last, until that is applied

	term   uint64  // in which the round is under way, 0 when none is; keepTime's
	next   int     // where it goes on; keepTime's
	waited *string // last, when sweep saw it for the last time; keepTime's
}

// goOn has keepTime look through the next stretch.
func (s *sweeping) goOn() {
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// sweep begins, on the leader, a round that proposes the removal of containers and TTL nodes whose time has come, unless one
// is under way, and proposes that of modules that no rule names. What is not taken is found again by the next.
func (n *Node) sweep() {
	term, s := n.leads.Load(), &n.sweeping
	if term == 0 || term == s.term && s.moves() {
		return
	}
	for _, t := range n.unneeded(time.Now().UnixMilli()) {
		if n.log.ProposeIn(term, txn.Append(nil, &t)) != nil {
			return
		}
	}
	s.term = term
	s.last.Store(nil) // what an earlier leadership has proposed may be lost
	n.sweepOn(time.Now().UnixMilli())
}

// moves reports whether the round under way has come further since it was asked the last time. One that waits for what was
// lost, when a node loses its lead and has it back in the same term, does not.
func (s *sweeping) moves() bool {
	before := s.waited
	s.waited = s.last.Load()
	return s.waited == nil || s.waited != before
}

// sweepOn looks through the next stretch of the round under way, if there is one and all it has proposed is applied; now is
// in Unix milliseconds.
func (n *Node) sweepOn(now int64) {
	s := &n.sweeping
	if s.term != n.leads.Load() {
		s.term = 0
	}
	if s.term == 0 || s.last.Load() != nil {
		return
	}
	paths, next := n.ended(now, s.next)
	if !n.proposeSweeps(paths) {
		s.term = 0
		return
	}
	if s.next = next; next == 0 {
		s.term = 0
	} else if len(paths) == 0 {
		s.goOn()
	}
}

// ended are some of the containers and TTL nodes whose time has come at now, from a place on, and where to go on.
func (n *Node) ended(now int64, from int) (paths []string, next int) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.tree.Sweepable(now, from, maxSweep)
}

// proposeSweeps reports whether all of them were taken.
func (n *Node) proposeSweeps(paths []string) bool {
	s := &n.sweeping
	if len(paths) > 0 {
		s.last.Store(&paths[len(paths)-1])
	}
	for _, path := range paths {
		t := txn.Txn{Kind: txn.Sweep, Origin: n.cfg.ID, Op: sdk.Op{Path: path}}
		if n.log.ProposeIn(s.term, txn.Append(nil, &t)) != nil {
			s.last.Store(nil)
			return false
		}
	}
	return true
}

// unneeded are the nodes of modules that no rule names, as they are now.
func (n *Node) unneeded(now int64) (list []txn.Txn) {
	n.mu.RLock()
	rules, zxid := n.rules, n.zxid
	n.mu.RUnlock()
	for _, path := range admit.Orphans(nodes{n}, now) {
		made := nodes{n}.Get(path).Stat.Mzxid
		if made > zxid {
			continue // somebody has set it while this was being looked at
		}
		list = append(list, txn.Txn{
			Kind: txn.Discard, Origin: n.cfg.ID, Rules: rules, Op: sdk.Op{Path: path},
			Guards: []txn.Guard{{Kind: txn.GuardNode, Path: path, Zxid: made}},
		})
	}
	return list[:min(len(list), maxUnneeded)]
}

// applySweep removes a container or TTL node whose time has come, if that still holds.
func (n *Node) applySweep(t *txn.Txn) {
	at := tree.Stamp{Zxid: n.zxid + 1, Time: n.state.time}
	effects, swept := n.tree.Sweep(at, t.Op.Path, n.effects[:0])
	n.effects = effects
	if swept {
		n.zxid = at.Zxid
		n.counts.swept.Add(1)
		n.publish(tree.Actor{}, effects)
	}
	if s := &n.sweeping; s.isLast(t.Op.Path) {
		s.goOn()
	}
}

// isLast reports whether all that was proposed is applied with this path.
func (s *sweeping) isLast(path string) bool {
	last := s.last.Load()
	return last != nil && *last == path && s.last.CompareAndSwap(last, nil)
}

// applyDiscard removes a node that nobody needed under the rules there were, if they are still the same, and so is the
// node.
func (n *Node) applyDiscard(t *txn.Txn) {
	if t.Rules != n.rules || n.stale(t) {
		return
	}
	n.zxid++
	op := sdk.Op{Kind: sdk.OpDelete, Path: t.Op.Path, Version: sdk.AnyVersion}
	_, code, effects := n.tree.Write(n.stamp(), tree.Actor{Identities: superuser}, &op, n.effects[:0])
	n.effects = effects
	if code == sdk.OK { // not when something has come below it
		n.counts.swept.Add(1)
		n.publish(tree.Actor{}, effects)
	}
}

// superuser is who the server itself writes as.
var superuser = []sdk.Identity{sdk.Super}
