package core

import (
	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// publish enters what a transaction did into history, and tells it: to those who watch, to the feed, and to the door when
// rules have changed. The effects, which stand in the buffer of Apply, are gone then.
func (n *Node) publish(by tree.Actor, effects []tree.Effect) {
	if len(effects) == 0 {
		return
	}
	effects = n.history.Record(n.tree, n.stamp(), by, effects)
	n.effects = effects
	changes := make([]sdk.Change, 0, len(effects))
	rules, modules := false, false
	for i := range effects {
		e := &effects[i]
		n.fire(e)
		if !feed.Skip(e.Path) {
			changes = append(changes, e.Change)
		}
		rules = rules || sdk.Below(e.Path, admit.RulesRoot)
		modules = modules || sdk.Below(e.Path, admit.ModuleRoot)
	}
	if len(changes) > 0 {
		n.feed.Append(sdk.Transaction{Zxid: n.zxid, Time: n.state.time, Session: by.Session, Changes: changes})
	}
	if rules {
		n.rules = n.zxid
	}
	if rules || modules && n.door.Failing() { // a module that was missing may be there now
		n.updateRules()
	}
	clear(effects) // the buffer must not keep data alive
}

// fire tells one effect to the sessions that watch and may see it.
func (n *Node) fire(e *tree.Effect) {
	n.watch.Fire(watch.Firing{
		Kind: e.Kind, Path: e.Path, Zxid: n.zxid,
		See: func(id watch.ID, parent bool) bool {
			acl := e.ACL
			if parent {
				acl = e.ParentACL
			}
			return tree.Permits(acl, n.byID[id].Identities(), sdk.PermRead)
		},
	}, func(id watch.ID, event *sdk.Event) {
		n.counts.events.Add(1)
		n.byID[id].Tell(event)
	})
}

// updateRules gives the door the rules as they are now.
func (n *Node) updateRules() {
	rules := make(map[string][]byte)
	for _, name := range n.tree.Children(admit.RulesRoot) {
		rules[name], _, _, _ = n.tree.Get(sdk.JoinPath(admit.RulesRoot, name))
	}
	n.door.Update(n.rules, rules)
}
