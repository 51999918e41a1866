package core

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/sdk"
)

// counts are what this node has done since it was opened.
type counts struct {
	writes, reads, events, expired, swept atomic.Int64
}

// Counts is what a node has done since it was opened: for metrics.
type Counts struct {
	Writes  int64 // applied here, whoever sent them
	Reads   int64 // answered here
	Events  int64 // given to sessions served here
	Expired int64 // sessions
	Swept   int64 // containers and TTL nodes whose time had come
	Served  int64 // sessions served here now

	SoftQuotas int64 // writes beyond a soft limit, or beyond a hard one that is not enforced
}

// Counts tells what this node has done.
func (n *Node) Counts() Counts {
	n.mu.RLock()
	defer n.mu.RUnlock()
	n.watchMu.Lock()
	defer n.watchMu.Unlock()
	return Counts{
		Writes: n.counts.writes.Load(), Reads: n.counts.reads.Load(), Events: n.counts.events.Load(),
		Expired: n.counts.expired.Load(), Swept: n.counts.swept.Load(), Served: int64(len(n.served)),
		SoftQuotas: n.tree.SoftQuotaPassed(),
	}
}

// spaceWarning tells when the disk will be too full, and when it is.
func (n *Node) spaceWarning(log replica.Status) []string {
	switch free, least := log.FreeBytes, n.cfg.MinFree; {
	case !log.Low && n.log.Low():
		return []string{"another node has little space left on its disk: only deletes are taken"}
	case log.Low:
		return []string{fmt.Sprintf("%d MiB are left on the disk: only deletes are taken", free>>20)}
	case free > 0 && free < 2*least:
		return []string{fmt.Sprintf("%d MiB are left on the disk: below %d MiB only deletes are taken", free>>20, least>>20)}
	}
	return nil
}

// Status implements sdk.Host.
func (n *Node) Status(context.Context) (sdk.Status, error) {
	log := n.log.Status()
	status := sdk.Status{NodeID: n.cfg.ID, Role: sdk.Role(log.Role), Leader: log.Leader, Term: log.Term, Learners: log.Followers}
	switch err := n.notServing(); {
	case log.Fault != nil:
		status.Why = log.Fault.Error()
	case log.Alone != nil:
		status.Why = log.Alone.Error()
	case err != nil:
		status.Why = err.Error()
	default:
		status.Serving = true
	}
	status.Warnings = n.spaceWarning(log)
	n.mu.RLock()
	defer n.mu.RUnlock()
	n.watchMu.Lock()
	defer n.watchMu.Unlock()
	status.Zxid, status.Floor, status.Last = n.zxid, n.feed.Floor(), n.feed.Last()
	status.Members = n.roster.Members()
	status.Nodes, status.Ephemerals, status.DataSize = n.tree.Len(), n.tree.EphemeralCount(), n.tree.DataSize()
	status.Sessions, status.Watches, status.WatchedPaths = int64(n.sessions.Len()), n.watch.Len(), int64(n.watch.Paths())
	if status.Role == sdk.RoleFollower && slices.ContainsFunc(status.Members, func(m sdk.Member) bool { return m.ID == n.cfg.ID && m.Observer }) {
		status.Role = sdk.RoleObserver
	}
	return status, nil
}
