package zookeeper

import (
	"context"
	"maps"
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// inspect fills in what the host can list, for the words that show it. One such word is answered at a time, as a list
// costs as much as it is long.
func (r *report) inspect(ctx context.Context, host sdk.Inspector) error {
	var err error
	r.sessions, err = host.Sessions(ctx)
	return err
}

// dump has the sessions with their time-outs, as a follower of ZooKeeper shows them: when they expire only the leader
// knows.
func (r *report) dump() {
	r.line("SessionTracker dump:")
	r.line("Global Sessions(%d):", len(r.sessions))
	for _, s := range r.sessions {
		r.line("%#x\t%dms", uint64(s.ID), s.Timeout.Milliseconds())
	}
	owners := slices.DeleteFunc(slices.Clone(r.sessions), func(s sdk.SessionState) bool { return len(s.Ephemerals) == 0 })
	r.line("ephemeral nodes dump:")
	r.line("Sessions with Ephemerals (%d):", len(owners))
	for _, s := range owners {
		r.line("%#x:", uint64(s.ID))
		for _, path := range s.Ephemerals {
			r.line("\t%s", path)
		}
	}
	r.line("Connections dump:")
	r.line("Connections (%d):", len(r.conns))
	for _, c := range r.conns {
		r.line("\tip: /%s sessionId: %#x", c.socket.RemoteAddr(), uint64(c.record.info().ID))
	}
}

// wchs counts what wchc and wchp list.
func (r *report) wchs() {
	var sessions, watches int
	paths := make(map[string]bool)
	for _, s := range r.sessions {
		if len(s.Watches) > 0 {
			sessions++
		}
		watches += len(s.Watches)
		for _, w := range s.Watches {
			paths[w.Path] = true
		}
	}
	r.line("%d connections watching %d paths", sessions, len(paths))
	r.line("Total watches:%d", watches)
}

// wchc lists watched paths by session.
func (r *report) wchc() {
	for _, s := range r.sessions {
		if len(s.Watches) == 0 {
			continue
		}
		r.line("%#x", uint64(s.ID))
		for _, path := range watched(&s) {
			r.line("\t%s", path)
		}
	}
	r.line("")
}

// watched are the paths that a session watches, in whatever ways, each once.
func watched(s *sdk.SessionState) []string {
	paths := make([]string, len(s.Watches))
	for i, w := range s.Watches {
		paths[i] = w.Path
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// wchp lists watching sessions by path.
func (r *report) wchp() {
	watchers := make(map[string][]int64)
	for _, s := range r.sessions {
		for _, path := range watched(&s) {
			watchers[path] = append(watchers[path], s.ID)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(watchers)) {
		r.line("%s", path)
		for _, id := range watchers[path] {
			r.line("\t%#x", uint64(id))
		}
	}
	r.line("")
}

// members is the part of conf that tells of the cluster. A node alone has none, as with ZooKeeper.
func (r *report) members() {
	if len(r.status.Members) < 2 {
		return
	}
	r.line("peerType=%d", map[bool]int{true: 1}[r.status.Role == sdk.RoleObserver])
	r.line("membership: ")
	for _, m := range r.status.Members {
		r.line("server.%s=%s:%s;%s", m.ID, m.Addr, map[bool]string{true: "observer", false: "participant"}[m.Observer], m.Clients)
	}
}

// mode is what the node is as ZooKeeper calls it.
func (r *report) mode() string {
	switch {
	case !r.status.Serving:
		return "read-only"
	case len(r.status.Members) == 1:
		return "standalone"
	}
	return string(r.status.Role)
}
