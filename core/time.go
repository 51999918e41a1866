package core

import (
	"context"
	"time"

	"github.com/grove-coordination/grove/core/txn"
)

// keepTime reports, once a tick, which sessions were heard of here, and on the leader has those ended that were not
// heard of anywhere for their time-out. Close ends it.
func (n *Node) keepTime(ctx context.Context) {
	ticker := time.NewTicker(n.cfg.Tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			n.reportHeard()
			n.expire()
		}
	}
}

func (n *Node) reportHeard() {
	if report := n.heard(); len(report) > 0 {
		n.log.Report(report)
	}
}

func (n *Node) heard() []byte {
	var report []byte
	for _, s := range n.servedHere() {
		if s.Heard() {
			report = appendHeard(report, s.Info().ID)
		}
	}
	return report
}

// expire proposes the end of the sessions whose time-out has passed. When the proposal is lost so is the leadership,
// and the next leader begins anew.
func (n *Node) expire() {
	if !n.leads.Load() {
		return
	}
	for _, id := range n.tracker.Expired(time.Now()) {
		if epoch, ok := n.epoch(id); ok {
			_ = n.log.Propose(txn.Append(nil, &txn.Txn{Kind: txn.Expire, Origin: n.cfg.ID, Session: id, Epoch: epoch}))
		}
	}
}

func (n *Node) epoch(id int64) (uint32, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	record := n.sessions.Get(id)
	if record == nil {
		return 0, false
	}
	return record.Epoch, true
}
