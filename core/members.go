package core

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// membersPath is where clients read who the members are.
const membersPath = "/zookeeper/config"

// Members implements replica.Machine: from this place in the log on, these are the members.
func (n machine) Members(standing []replica.Standing) {
	n.mu.Lock()
	defer n.mu.Unlock()
	members := make([]sdk.Member, len(standing))
	for i, s := range standing {
		members[i] = sdk.Member{ID: s.ID, Addr: s.Addr, Observer: s.Observer}
	}
	if n.roster.Enrol(members) {
		n.tellMembers()
	}
}

// applyAnnounce notes where a member listens for clients.
func (n *Node) applyAnnounce(t *txn.Txn) {
	if n.roster.Reach(t.Origin, t.Clients) {
		n.tellMembers()
	}
}

// tellMembers writes the members into their node, in a transaction of its own. Those that a cluster begins with are no
// change: the tree has them at zxid 0, when nothing has happened yet.
func (n *Node) tellMembers() {
	begins := n.state.time == 0
	if !begins {
		n.zxid++
	}
	text := n.roster.Text(n.zxid)
	op := sdk.Op{Kind: sdk.OpSetData, Path: membersPath, Data: []byte(text), Version: sdk.AnyVersion}
	_, code, effects := n.tree.Write(n.stamp(), tree.Actor{Identities: superuser}, &op, n.effects[:0])
	if code != sdk.OK {
		panic(fmt.Sprintf("members cannot be written to %s: %v", membersPath, code))
	}
	if !begins {
		n.publish(tree.Actor{}, effects)
	}
	n.effects = effects
}

// nudge has keepTime announce this node now, and not at the next tick.
func (n *Node) nudge() {
	select {
	case n.nudged <- struct{}{}:
	default:
	}
}

// announce has the cluster told where this node listens for clients, until it knows.
func (n *Node) announce() {
	if n.cfg.Clients == "" || n.notServing() != nil || !n.unannounced() {
		return
	}
	t := txn.Txn{Kind: txn.Announce, Origin: n.cfg.ID, Clients: n.cfg.Clients}
	_ = n.log.Propose(txn.Append(nil, &t)) // if it is lost, the next tick tries again
}

func (n *Node) unannounced() bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	i := slices.IndexFunc(n.roster.Members(), func(m sdk.Member) bool { return m.ID == n.cfg.ID })
	return i >= 0 && n.roster.Members()[i].Clients != n.cfg.Clients
}

// reconfigure does what a reconfiguration asks for, before its record is proposed: by the time that is applied, the
// members are told. This node does one at a time; what others do meanwhile is noticed by the log.
func (n *Node) reconfigure(ctx context.Context, id int64, who []sdk.Identity, op *sdk.Op) session.Verdict {
	verdict, err := n.reshape(ctx, id, who, op.Members)
	if err == nil {
		return verdict
	}
	code := codeOf(err)
	n.cfg.Logger.Warn("reconfiguration refused", "room", "core", "code", code, "reason", err)
	return session.Verdict{Refusal: &sdk.Rejection{Op: -1, Code: code, Reason: err.Error()}}
}

func (n *Node) reshape(ctx context.Context, id int64, who []sdk.Identity, change *sdk.Reshape) (verdict session.Verdict, err error) {
	if n.cfg.FixedMembers {
		return verdict, fmt.Errorf("%w by configuration", sdk.CodeReconfigDisabled)
	}
	if !n.reshaping.TryLock() {
		return verdict, sdk.CodeReconfigInProgress
	}
	defer n.reshaping.Unlock()
	r, err := n.planFor(who, change)
	if err != nil {
		return verdict, err
	}
	r.session = id
	n.cfg.Logger.Info("reconfiguration", "room", "core", "add", r.plan.Add, "move", r.plan.Move, "promote", r.plan.Promote, "remove", r.plan.Remove)
	if err := r.carryOut(ctx); err != nil || !r.parts() {
		return verdict, err
	}
	return r.part(ctx), nil
}

// planFor checks a reconfiguration in ZooKeeper's order: version, text, permission.
func (n *Node) planFor(who []sdk.Identity, change *sdk.Reshape) (*reshaping, error) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	now := n.log.Status() // first: it is never newer than what the plan is made of
	_, acl, stat, _ := n.tree.Get(membersPath)
	if change.Version != -1 && change.Version != stat.Mzxid {
		return nil, fmt.Errorf("%w: it rests on %x, now it is %x", sdk.CodeBadVersion, change.Version, stat.Mzxid)
	}
	plan, err := n.roster.Plan(change)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", sdk.CodeBadArguments, err)
	case !tree.Permits(acl, who, sdk.PermWrite):
		return nil, fmt.Errorf("%w: no WRITE on %s", sdk.CodeNoAuth, membersPath)
	case now.MembersIndex == 0:
		return nil, fmt.Errorf("%w: the members are not known yet", sdk.CodeSystemError)
	}
	return &reshaping{node: n, plan: plan, after: now.MembersIndex}, nil
}

func codeOf(err error) sdk.Code {
	code, said := errors.AsType[sdk.Code](err)
	switch {
	case said:
		return code
	case errors.Is(err, errNotCaughtUp), errors.Is(err, replica.ErrNoMajority):
		return sdk.CodeNewConfigNoQuorum
	case errors.Is(err, replica.ErrChanged):
		return sdk.CodeBadVersion
	case errors.Is(err, replica.ErrRefused):
		return sdk.CodeBadArguments
	}
	return sdk.CodeSystemError
}

// reconfigured is the reply to a reconfiguration: the members as they are now, with what it says of them beside their
// address.
func (n *Node) reconfigured(change *sdk.Reshape) sdk.Message {
	if n.roster.Note(change) {
		n.tellMembers()
	}
	return sdk.Message{Zxid: n.zxid, Result: n.membersNow()}
}

func (n *Node) membersNow() sdk.Result {
	data, _, stat, _ := n.tree.Get(membersPath)
	return sdk.Result{Data: data, Stat: stat}
}
