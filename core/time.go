package core

import (
	"context"
	"time"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/core/txn"
)

// keepTime reports, once a tick, which sessions were heard of here, and on the leader has those ended that were not
// heard of anywhere for their time-out. When it comes late, because the process or the machine stood still, nobody
// could be heard meanwhile, and every deadline is put off by that. Close ends it.
func (n *Node) keepTime(ctx context.Context) {
	ticker := time.NewTicker(n.cfg.Tick)
	defer ticker.Stop()
	sweep := time.NewTicker(n.cfg.Sweep)
	defer sweep.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-n.nudged:
			n.announce()
		case <-sweep.C:
			n.sweep()
		case <-n.sweeping.more:
			n.sweepOn(time.Now().UnixMilli())
		case <-ticker.C:
			now := time.Now()
			if late := now.Sub(last) - n.cfg.Tick; late > n.cfg.Tick {
				n.tracker.Shift(late)
			}
			last = now
			n.reportHeard()
			n.expire()
			n.announce()
			n.takeBack(now)
		}
	}
}

// reportHeard tells the leader who was heard of; when it cannot, the next report tells it.
func (n *Node) reportHeard() {
	var heard []*session.Served
	var report []byte
	for _, s := range n.servedHere() {
		if s.Heard() {
			heard = append(heard, s)
			report = appendHeard(report, s.Info().ID)
		}
	}
	if len(heard) == 0 || n.log.Report(report) {
		return
	}
	for _, s := range heard {
		s.HearAgain()
	}
}

// expire proposes the end of the sessions whose time-out has passed. A proposal that was not taken is tried again at
// the next tick; one that is lost was lost with the leadership, and the next leader begins anew, with full time-outs: no
// earlier leader's proposal counts in its term.
func (n *Node) expire() {
	term := n.leads.Load()
	for _, due := range n.tracker.Expired(time.Now()) {
		t := txn.Txn{Kind: txn.Expire, Origin: n.cfg.ID, Session: due.Session, Epoch: due.Epoch}
		if err := n.log.ProposeIn(term, txn.Append(nil, &t)); err != nil && term == n.leads.Load() {
			n.tracker.Track(due, n.cfg.Tick, time.Now())
		}
	}
}
