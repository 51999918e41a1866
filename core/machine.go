package core

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/sdk"
)

// Lead implements replica.Machine. Every session gets its full time-out afresh: nothing expires because of an
// election.
func (n machine) Lead(term uint64) {
	n.lead(term)
	n.followed(term)
	n.nudge()
}

func (n *Node) lead(term uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.tracker.Reset()
	n.leads.Store(term)
	for _, id := range n.sessions.IDs() {
		n.track(id, n.sessions.Get(id))
	}
	n.resumeServing()
	n.cfg.Logger.Info("leading", "room", "core", "term", term, "sessions", n.sessions.Len())
}

// Follow implements replica.Machine. Without a leader there is no quorum to serve with: every client is let go, to
// find a node that can.
func (n machine) Follow(leader string, term uint64) {
	n.leads.Store(0)
	n.tracker.Reset()
	if leader != "" {
		n.mu.Lock()
		n.resumeServing()
		n.mu.Unlock()
		n.followed(term)
		n.nudge()
		n.cfg.Logger.Info("following", "room", "core", "leader", leader, "term", term)
		return
	}
	n.led.Store(0)
	n.abandoned()
	n.refuse(errNoLeader)
	n.failAll(fmt.Errorf("%w: %w", sdk.ErrNotServing, errNoLeader))
	for _, s := range n.servedHere() {
		if s.Info().ID != n.parting.Load() {
			s.End(fmt.Errorf("%w: %w", sdk.ErrSessionClosed, errNoLeader))
		}
	}
}

// followed notes that there is a leader in term: what is proposed goes to it, and no session has to be kept without one.
func (n *Node) followed(term uint64) {
	n.parting.Store(0)
	n.led.Store(term)
}

// abandoned notes that nobody leads this node from now on.
func (n *Node) abandoned() {
	now := time.Now()
	n.since.Store(&now)
}

// readOnlyWait is how long a node has to be without a leader until it opens sessions that only read; it is ZooKeeper's too.
// Leaders that follow each other are seldom a second apart: nobody is to get such a session in between, and lose it again.
const readOnlyWait = 2 * time.Second

// leaderless is for how long nobody has led this node, which does not serve.
func (n *Node) leaderless() time.Duration { return time.Since(*n.since.Load()) }

var errNoLeader = errors.New("the cluster has no leader")

// Lost implements replica.Machine: what was proposed here and is not applied yet may never be. The sessions that
// wait for a write are no longer served: their clients come back and see what became of it.
func (n machine) Lost(err error) {
	err = fmt.Errorf("%w: %w", sdk.ErrSessionClosed, err)
	n.failAll(fmt.Errorf("%w: %w", sdk.ErrNotServing, err))
	for _, s := range n.servedHere() {
		s.EndWaiting(err)
	}
}

// endAll ends the service of every session on this node.
func (n *Node) endAll(why error) {
	for _, s := range n.servedHere() {
		s.End(why)
	}
}

// servedHere lists the sessions served by this node. A session's own lock is taken before watchMu, so nothing is done
// with them while the list is made.
func (n *Node) servedHere() []*session.Served {
	n.mu.RLock()
	defer n.mu.RUnlock()
	n.watchMu.Lock()
	defer n.watchMu.Unlock()
	return slices.Collect(maps.Values(n.served))
}

// Report implements replica.Machine: on the leader, a node tells which of its sessions were heard of.
func (n machine) Report(_ string, data []byte) {
	n.tracker.Heard(decodeHeard(data), time.Now())
}

// appendHeard and decodeHeard are the form of a report: session ids, 8 bytes each, big-endian.
func appendHeard(dst []byte, session int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(session))
}

func decodeHeard(data []byte) []int64 {
	sessions := make([]int64, 0, len(data)/8)
	for ; len(data) >= 8; data = data[8:] {
		sessions = append(sessions, int64(binary.BigEndian.Uint64(data)))
	}
	return sessions
}
