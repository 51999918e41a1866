package core

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/roster"
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
// members are told.
func (n *Node) reconfigure(ctx context.Context, who []sdk.Identity, op *sdk.Op) session.Verdict {
	refuse := func(code sdk.Code, why error) session.Verdict {
		n.cfg.Logger.Warn("reconfiguration refused", "room", "core", "code", code, "reason", why)
		return session.Verdict{Refusal: &sdk.Rejection{Op: -1, Code: code, Reason: why.Error()}}
	}
	if n.cfg.FixedMembers {
		return refuse(sdk.CodeReconfigDisabled, errors.New("members are fixed by configuration"))
	}
	plan, code, err := n.planFor(who, op.Members)
	if err != nil {
		return refuse(code, err)
	}
	n.cfg.Logger.Info("reconfiguration", "room", "core", "add", plan.Add, "promote", plan.Promote, "remove", plan.Remove)
	if err := n.carryOut(ctx, plan); err != nil {
		return refuse(codeOf(err), err)
	}
	return session.Verdict{}
}

// planFor checks a reconfiguration in ZooKeeper's order: version, text, permission.
func (n *Node) planFor(who []sdk.Identity, change *sdk.Reshape) (roster.Plan, sdk.Code, error) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	_, acl, stat, _ := n.tree.Get(membersPath)
	if change.Version != -1 && change.Version != stat.Mzxid {
		return roster.Plan{}, sdk.CodeBadVersion, fmt.Errorf("it rests on version %x, now it is %x", change.Version, stat.Mzxid)
	}
	plan, err := n.roster.Plan(change)
	switch {
	case err != nil:
		return plan, sdk.CodeBadArguments, err
	case !tree.Permits(acl, who, sdk.PermWrite):
		return plan, sdk.CodeNoAuth, fmt.Errorf("no WRITE on %s", membersPath)
	}
	return plan, sdk.OK, nil
}

// errNotCaughtUp is the outcome when a new member did not come up in time.
var errNotCaughtUp = errors.New("not up to date in time")

// carryOut lets in first and takes out last, this node at the very end. Newcomers that do not come up in time are taken
// out again: the cluster is as it was.
func (n *Node) carryOut(ctx context.Context, plan roster.Plan) error {
	if err := n.letIn(ctx, plan); err != nil {
		var newcomers []string
		for _, m := range plan.Add {
			newcomers = append(newcomers, m.ID)
		}
		return errors.Join(err, n.takeOut(context.WithoutCancel(ctx), newcomers))
	}
	return n.takeOut(ctx, plan.Remove)
}

func (n *Node) letIn(ctx context.Context, plan roster.Plan) error {
	for _, m := range slices.Concat(plan.Add, plan.Move) {
		if err := n.log.AddObserver(ctx, replica.Member{ID: m.ID, Addr: m.Addr}); err != nil {
			return err
		}
	}
	for _, id := range plan.Promote {
		if err := n.promote(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (n *Node) promote(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.JoinTime)
	defer cancel()
	err := n.log.Promote(ctx, id)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("member %s: %w: %w", id, errNotCaughtUp, err)
	}
	return err
}

func (n *Node) takeOut(ctx context.Context, ids []string) error {
	if i := slices.Index(ids, n.cfg.ID); i >= 0 {
		ids = append(slices.Delete(slices.Clone(ids), i, i+1), n.cfg.ID)
	}
	for _, id := range ids {
		if err := n.log.Remove(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func codeOf(err error) sdk.Code {
	switch {
	case errors.Is(err, errNotCaughtUp):
		return sdk.CodeNewConfigNoQuorum
	case errors.Is(err, replica.ErrRefused):
		return sdk.CodeBadArguments
	}
	return sdk.CodeSystemError
}

// memberRecord is the reply to a reconfiguration: the members as they are now.
func (n *Node) memberRecord() sdk.Result {
	data, _, stat, _ := n.tree.Get(membersPath)
	return sdk.Result{Data: data, Stat: stat}
}
