package core

import (
	"time"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// maxSweep is how many nodes one sweep removes; the rest waits for the next.
const maxSweep = 10_000

// sweep proposes, on the leader, the removal of containers and TTL nodes whose time has come, and of modules that no rule
// names. What is not taken is found again by the next sweep.
func (n *Node) sweep() {
	term := n.leads.Load()
	if term == 0 {
		return
	}
	now := time.Now().UnixMilli()
	for _, t := range append(n.ended(now), n.unneeded(now)...) {
		if err := n.log.ProposeIn(term, txn.Append(nil, &t)); err != nil {
			return
		}
	}
}

// ended are the containers and TTL nodes whose time has come at now, in Unix milliseconds.
func (n *Node) ended(now int64) (list []txn.Txn) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, path := range n.tree.Sweepable(now, maxSweep) {
		list = append(list, txn.Txn{Kind: txn.Sweep, Origin: n.cfg.ID, Op: sdk.Op{Path: path}})
	}
	return list
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
	return list[:min(len(list), maxSweep)]
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
var superuser = []sdk.Identity{{Scheme: sdk.SchemeSuper}}
