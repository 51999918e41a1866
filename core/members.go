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

// reshaping is a reconfiguration under way. Each of its steps rests on the one before: when somebody else changes the
// members in between, it ends.
type reshaping struct {
	node  *Node
	plan  roster.Plan
	after uint64       // index of the configuration that the next step rests on
	came  []sdk.Member // newcomers that were let in, or may have been

	session int64  // whose it is
	leader  string // when the first is taken out
	term    uint64 // then
}

// errNotCaughtUp is the outcome when a new member did not come up in time.
var errNotCaughtUp = errors.New("not up to date in time")

// carryOut lets in first and takes out last. Newcomers that do not come up in time are taken out again: the cluster is as
// it was.
func (r *reshaping) carryOut(ctx context.Context) error {
	if err := r.letIn(ctx); err != nil {
		return errors.Join(err, r.undo(context.WithoutCancel(ctx)))
	}
	return r.takeOut(ctx)
}

// step notes what the next step rests on.
func (r *reshaping) step(now uint64, err error) error {
	if err == nil {
		r.after = now
	}
	return err
}

func (r *reshaping) letIn(ctx context.Context) error {
	for i, m := range slices.Concat(r.plan.Add, r.plan.Move) {
		err := r.step(r.node.log.AddObserver(ctx, replica.Member{ID: m.ID, Addr: m.Addr}, r.after))
		if i < len(r.plan.Add) && !errors.Is(err, replica.ErrChanged) {
			r.came = append(r.came, m)
		}
		if err != nil {
			return err
		}
	}
	for _, id := range r.plan.Promote {
		if err := r.promote(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (r *reshaping) promote(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, r.node.cfg.JoinTime)
	defer cancel()
	err := r.step(r.node.log.Promote(ctx, id, r.after))
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("member %s at %s: %w: %s (%w)", id, r.addr(id), errNotCaughtUp, r.whereabouts(id), err)
	}
	return err
}

func (r *reshaping) addr(id string) string {
	r.node.mu.RLock()
	defer r.node.mu.RUnlock()
	for _, m := range r.node.roster.Members() {
		if m.ID == id {
			return m.Addr
		}
	}
	return "no address"
}

// whereabouts is what this node knows of a member that is awaited: the leader has a connection with whoever follows.
func (r *reshaping) whereabouts(id string) string {
	switch now := r.node.log.Status(); {
	case now.Leader != r.node.cfg.ID:
		return "only the leader knows whether it is there"
	case slices.Contains(now.Followers, id):
		return "it follows, but too far behind"
	}
	return "nobody there has come to the leader"
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
