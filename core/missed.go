package core

import (
	"slices"

	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// What one client that comes back is told of what its lasting watches have missed, and how the feed is looked through for
// it: in stretches, so that nobody waits for that with the state held.
const (
	maxMissed = 1 << 14 // events; of more than that, the last of each kind and path, and of those the newest
	stretch   = 256     // transactions taken out of the feed at once
	permitted = 256     // events asked for permission at once
)

// missed is what a client's lasting watches have missed: the events of the feed, in order, each as often as it was, and
// only of nodes that the client may read by now: the feed does not know who could read them then. A client that was away
// for longer than the feed goes back is told what there is.
type missed struct {
	*Node
	who     []sdk.Identity
	watches *watch.Lasting
	since   int64 // zxid up to which the feed was looked through
	batch   [stretch]sdk.Transaction

	fresh  []sdk.Event // not asked for permission yet
	events []sdk.Event // to be told
}

// look goes through the feed as it is by now, until ended. It is called without any lock.
func (m *missed) look(ended func() bool) {
	for !ended() {
		m.mu.RLock()
		batch := m.next()
		m.mu.RUnlock()
		if len(batch) == 0 {
			break
		}
		for i := range batch {
			m.gather(&batch[i])
			m.ask(permitted - 1)
		}
		m.ask(0)
	}
	if len(m.events) > maxMissed {
		m.condense()
	}
}

// ask has events asked for permission until no more than some are left.
func (m *missed) ask(left int) {
	for len(m.fresh) > left {
		m.mu.RLock()
		m.permit()
		m.mu.RUnlock()
	}
}

// tell goes through what has been added to the feed meanwhile, and tells all. The caller holds the state.
func (m *missed) tell(tell func(*sdk.Event)) {
	for batch := m.next(); len(batch) > 0; batch = m.next() {
		for i := range batch {
			m.gather(&batch[i])
		}
		for len(m.fresh) > 0 {
			m.permit()
		}
	}
	for i := range m.events {
		tell(&m.events[i])
	}
}

// next takes what comes next out of the feed; nothing at its end. The caller holds the state. When the feed has let go of
// what should come next it goes on with what is left, as for one who comes later.
func (m *missed) next() []sdk.Transaction {
	m.since = max(m.since, m.feed.Floor())
	count, _ := m.feed.After(m.since, m.batch[:]) // since is not below the floor, so there is no error
	if count > 0 {
		m.since = m.batch[count-1].Zxid
	}
	return m.batch[:count]
}

// gather adds the events of a transaction.
func (m *missed) gather(t *sdk.Transaction) {
	m.watches.Missed(t, func(e sdk.Event) { m.fresh = append(m.fresh, e) })
}

// permit passes on, of the next events, those that the client may be told of. The caller holds the state.
func (m *missed) permit() {
	next := m.fresh[:min(permitted, len(m.fresh))]
	var path string
	var may bool
	for _, e := range next {
		if e.Path != path {
			path, may = e.Path, m.mayHear(e.Path)
		}
		if may {
			m.events = append(m.events, e)
		}
	}
	m.fresh = slices.Delete(m.fresh, 0, len(next))
	if len(m.events) >= 2*maxMissed {
		m.condense()
	}
}

// condense leaves of each kind and path the last event, and of those the newest.
func (m *missed) condense() {
	type event struct {
		kind sdk.EventKind
		path string
	}
	seen := make(map[event]struct{}, maxMissed)
	first := len(m.events)
	for i := first - 1; i >= 0 && len(seen) < maxMissed; i-- {
		e := m.events[i]
		if _, later := seen[event{e.Kind, e.Path}]; !later {
			seen[event{e.Kind, e.Path}] = struct{}{}
			first--
			m.events[first] = e
		}
	}
	m.events = slices.Delete(m.events, 0, first)
}

// mayHear asks for READ of a node, or of the nearest one above it that is there.
func (m *missed) mayHear(path string) bool {
	for path != "" {
		if _, acl, _, ok := m.tree.Get(path); ok {
			return tree.Permits(acl, m.who, sdk.PermRead)
		}
		path, _ = sdk.SplitPath(path)
	}
	return false
}
