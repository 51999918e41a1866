package core

import (
	"fmt"
	"strings"
	"time"

	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// Apply implements replica.Machine: it decodes a batch, then takes the state once for all of it.
func (n machine) Apply(batch []replica.Entry) {
	type entry struct {
		time int64
		txns []txn.Txn
	}
	entries := make([]entry, 0, len(batch))
	for _, e := range batch {
		entries = append(entries, entry{e.Time, decode(e)})
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range entries {
		n.state.time = max(n.state.time, e.time)
		for i := range e.txns {
			n.applyTxn(&e.txns[i])
		}
	}
	n.tracker.Heard(n.wrote, time.Now())
	n.wrote = n.wrote[:0]
	n.rouseFollowers()
}

// decode reads the records of an entry. A record that cannot be read was committed by a cluster that could write
// it: going on without it would make this node differ from the others.
func decode(e replica.Entry) []txn.Txn {
	txns := make([]txn.Txn, len(e.Records))
	for i, record := range e.Records {
		t, err := txn.Decode(record)
		if err != nil {
			panic(fmt.Sprintf("log entry %d, record %d: %v; was it written by a newer version?", e.Index, i, err))
		}
		own(&t.Op)
		txns[i] = t
	}
	return txns
}

// own gives an operation a copy of its path, which the feed keeps, so that a small change does not keep the whole entry
// it came in. The tree copies the data itself.
func own(op *sdk.Op) {
	op.Path = strings.Clone(op.Path)
	for i := range op.Ops {
		own(&op.Ops[i])
	}
}

func (n *Node) applyTxn(t *txn.Txn) {
	switch t.Kind {
	case txn.Open, txn.Resume:
		n.applyOpen(t)
	case txn.Write:
		n.applyWrite(t)
	case txn.Expire:
		n.applyExpire(t)
	case txn.Sweep:
		n.applySweep(t)
	case txn.Announce:
		n.applyAnnounce(t)
	case txn.Discard:
		n.applyDiscard(t)
	}
}

// applyWrite takes a write when it is its turn and was judged by what holds now, and answers whoever waits for it on
// this node.
func (n *Node) applyWrite(t *txn.Txn) {
	record := n.sessions.Get(t.Session)
	if record == nil || record.Epoch != t.Epoch {
		return // the session is gone, or goes on elsewhere; so is whoever waited
	}
	served := n.served[t.Session]
	if served != nil && served.Epoch() != t.Epoch {
		served = nil
	}
	if t.Seq != record.Next || n.stale(t) {
		if served != nil {
			served.Returned(t.Seq)
		}
		return
	}
	record.Next++
	n.counts.writes.Add(1)
	if n.leads.Load() != 0 {
		n.wrote = append(n.wrote, t.Session)
	}
	reply := n.perform(t)
	if served != nil {
		served.Applied(t.Seq, reply)
		if t.Op.Kind == sdk.OpCloseSession {
			served.End(fmt.Errorf("%w: by its client", sdk.ErrSessionClosed))
		}
	}
}

// stale reports whether the verdict on a write no longer holds, so that it must be judged again.
func (n *Node) stale(t *txn.Txn) bool {
	switch t.Op.Kind {
	case sdk.OpSync, sdk.OpCloseSession, sdk.OpReconfig:
		return false // not judged by rules
	}
	if t.Rules != n.rules {
		return true
	}
	for i := range t.Guards {
		if !n.holds(&t.Guards[i]) {
			return true
		}
	}
	return false
}

func (n *Node) holds(g *txn.Guard) bool {
	stat, ok := n.tree.Stat(g.Path)
	switch g.Kind {
	case txn.GuardNode:
		return ok && stat.Mzxid == g.Zxid
	case txn.GuardAbsent:
		return !ok
	case txn.GuardChildren:
		return ok && stat.Pzxid == g.Zxid
	}
	return false
}

// perform does a write and makes its reply. Sync only takes its place in the log; every other write has a zxid of its
// own, whatever comes of it.
func (n *Node) perform(t *txn.Txn) sdk.Message {
	switch t.Op.Kind {
	case sdk.OpSync:
		return sdk.Message{Zxid: n.zxid, Result: sdk.Result{Path: t.Op.Path}}
	case sdk.OpReconfig: // done before it was proposed
		return n.reconfigured(t.Op.Members)
	}
	n.zxid++
	if t.Op.Kind == sdk.OpCloseSession {
		n.endSession(t.Session, t.Session)
		return sdk.Message{Zxid: n.zxid}
	}
	by := tree.Actor{Session: t.Session, Identities: t.Identities}
	result, code, effects := n.tree.Write(n.stamp(), by, &t.Op, n.effects[:0])
	n.publish(by, effects)
	return sdk.Message{Zxid: n.zxid, Code: code, Result: result}
}

func (n *Node) stamp() tree.Stamp { return tree.Stamp{Zxid: n.zxid, Time: n.state.time} }

// applyExpire ends a session whose time-out has passed, unless it was taken up again meanwhile.
func (n *Node) applyExpire(t *txn.Txn) {
	record := n.sessions.Get(t.Session)
	if record == nil || record.Epoch != t.Epoch {
		return
	}
	n.zxid++
	n.counts.expired.Add(1)
	n.endSession(t.Session, 0)
	if served := n.served[t.Session]; served != nil {
		served.End(fmt.Errorf("%w: its time-out has passed", sdk.ErrSessionClosed))
	}
}

// endSession removes a session and its ephemeral nodes in one transaction.
func (n *Node) endSession(id, by int64) {
	n.sessions.Close(id)
	n.tracker.Forget(id)
	n.publish(tree.Actor{Session: by}, n.tree.EndSession(n.stamp(), id, n.effects[:0]))
}
