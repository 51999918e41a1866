package replica

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/raft"
)

// bearing is where raft says the leader is. Both leads and leader are zero when it knows of none.
type bearing struct {
	term         uint64
	leads        bool   // this node
	leader, addr string // another one
}

// wheel is what steer holds.
type wheel struct {
	touched chan struct{} // something has moved; holds one
	ended   context.Context
	stop    context.CancelFunc

	// touched by steer's goroutine only
	now         bearing            // of the route
	route       route              // nil: none
	announced   bool               // the machine knows of the route
	stopBeacon  context.CancelFunc // nil: there is none
	beaconPeers []raft.Server      // the members when it began
	stoodAside  bool               // and said so
	followed    time.Time          // when the last link was opened
	paused      time.Duration      // before the last link
}

func newWheel() wheel {
	w := wheel{touched: make(chan struct{}, 1)}
	w.ended, w.stop = context.WithCancel(context.Background())
	return w
}

// touch makes steer look again. It does not wait.
func (w *wheel) touch() {
	select {
	case w.touched <- struct{}{}:
	default:
	}
}

// pause is how long the next link waits: longer each time, when the last has not held for a second. Two nodes of one name
// end each other's streams.
func (w *wheel) pause() time.Duration {
	if time.Since(w.followed) > time.Second {
		w.paused = 0
	} else {
		w.paused = min(max(2*w.paused, minPause), maxPause)
	}
	return w.paused
}

// retryTime is when steer looks again after raft led but would not take an entry: leadership is on its way elsewhere.
const retryTime = 20 * time.Millisecond

var (
	errClosed  = errors.New("log is closed")
	errChanged = errors.New("leader changed")
)

// observe makes raft touch the wheel whenever state, leader or members may be others.
func (l *Log) observe() {
	l.raft.RegisterObserver(raft.NewObserver(nil, false, func(o *raft.Observation) bool {
		switch o.Data.(type) {
		case raft.RaftState, raft.LeaderObservation, raft.PeerObservation:
			l.wheel.touch()
		}
		return false // there is no channel: the touch is all
	}))
	l.wheel.touch()
}

// steer keeps the route to where the leader is, and is the one goroutine that tells the machine about it. It ends when
// the log is closed.
func (l *Log) steer() {
	defer l.letGo(errClosed)
	for {
		select {
		case <-l.wheel.ended.Done():
			return
		case <-l.wheel.touched:
			l.turn()
		}
	}
}

// turn lets go of a route that is broken or leads elsewhere than raft says, and takes the next one.
func (l *Log) turn() {
	if err := l.fault.err(); err != nil {
		l.standAside(err)
		return
	}
	w, to := &l.wheel, l.bearing()
	if w.route != nil {
		if err := w.route.broken(); err != nil {
			if !w.now.leads {
				l.hasten(w.now)
			}
			l.letGo(err)
		} else if to != w.now {
			l.letGo(errChanged)
		}
	}
	switch {
	case w.route == nil && to.leads:
		l.takeLead(to)
	case w.route == nil && to.leader != "":
		w.now = to
		w.route = newLink(hello{l.cfg.ID, to.term}, l.dialLeader(to.addr), w.touch, w.pause())
	case w.route != nil && !w.announced && w.route.open():
		l.follow()
	case w.route != nil && w.now.leads && !slices.Equal(w.beaconPeers, l.servers()):
		w.stopBeacon()
		l.light(w.now.term)
		l.leading.Load().expel(l.member)
	}
}

// standAside takes this node out of the cluster: it has a disk that does not keep what it is given. Raft has not
// acknowledged what the disk refused, to nobody; now it ends, and the others go on without.
func (l *Log) standAside(why error) {
	l.halt()
	if err := l.transport.Close(); err != nil {
		l.logger.Debug("transport", "error", err)
	}
	if !l.wheel.stoodAside {
		l.wheel.stoodAside = true
		l.logger.Error("disk trouble: this node stands aside until it is started again", "error", why)
	}
	l.letGo(why)
}

// bearing asks raft. The parts are read one by one, and raft moves: the term is set before the leader, so a term that
// is the same before and after belongs to the leader between.
func (l *Log) bearing() bearing {
	for {
		term, state := l.raft.CurrentTerm(), l.raft.State()
		addr, leader := l.raft.LeaderWithID()
		if term != l.raft.CurrentTerm() || state != l.raft.State() {
			continue
		}
		switch {
		case state == raft.Leader:
			return bearing{term: term, leads: true}
		case state == raft.Follower && string(leader) != l.cfg.ID:
			return bearing{term: term, leader: string(leader), addr: string(addr)}
		}
		return bearing{term: term}
	}
}

// takeLead begins to lead, once everything before the term is applied here.
func (l *Log) takeLead(to bearing) {
	if err := l.raft.Barrier(0).Error(); err != nil || l.bearing() != to {
		time.AfterFunc(retryTime, l.wheel.touch)
		return
	}
	w := &l.wheel
	d := newLead(to.term, l.cfg.MaxEntry, l.cfg.Now, l.submit, w.touch, l.ending)
	w.now, w.route, w.announced = to, d, true
	l.fsm.lead.Store(d)
	l.publish(d)
	l.light(to.term)
	l.logger.Info("leading", "term", to.term)
	l.machine.Lead(to.term)
	l.leading.Store(d)
}

// publish makes r the way of Propose.
func (l *Log) publish(r route) { l.route.Store(&r) }

// submit hands an entry to raft. Its outcome does not stay open for ever, for without a majority raft gives up its lead, and
// with it the entry; but a raft that is told to end may forget it.
func (l *Log) submit(envelope []byte) outcome { return l.raft.Apply(envelope, 0).Error }

// light starts the beacon for the other members, and early appends to those of them who vote: nobody waits for the rest.
func (l *Log) light(term uint64) {
	ctx, cancel := context.WithCancel(context.Background())
	l.wheel.stopBeacon = cancel
	var others []raft.Server
	voters := make(map[raft.ServerID]appender)
	l.wheel.beaconPeers = l.servers()
	for _, s := range l.wheel.beaconPeers {
		if s.ID == raft.ServerID(l.cfg.ID) {
			continue
		}
		others = append(others, s)
		if s.Suffrage == raft.Voter {
			voters[s.ID] = l.appender(s)
		}
	}
	l.fsm.beacon.Store(startBeacon(ctx, &l.beacons, term, others, func(peer raft.Server, index uint64) (bool, error) {
		return l.beat(term, peer, index)
	}))
	l.transport.early.Store(startEarly(ctx, &l.beacons, l.appendOf(term), l.raft.CommitIndex, voters))
}

// appender is the way of early appends to a follower. They do not go by way of the lane that they are of.
func (l *Log) appender(to raft.Server) appender {
	send := func(req *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) error {
		return l.transport.NetworkTransport.AppendEntries(to.ID, to.Address, req, resp)
	}
	if l.cfg.early != nil {
		return l.cfg.early(to.ID, send)
	}
	return send
}

// follow begins to follow: the link to the leader is open.
func (l *Log) follow() {
	w := &l.wheel
	w.announced, w.followed = true, time.Now()
	l.publish(w.route)
	l.logger.Info("following", "leader", w.now.leader, "term", w.now.term)
	l.machine.Follow(w.now.leader, w.now.term)
}

// letGo ends the route and tells what that means: first that nothing more comes this way, then what may be lost, then
// that there is no leader.
func (l *Log) letGo(why error) {
	w := &l.wheel
	if w.route == nil {
		return
	}
	l.route.Store(nil)
	l.leading.Store(nil)
	l.fsm.lead.Store(nil)
	l.fsm.beacon.Store(nil)
	l.transport.early.Store(nil)
	if w.stopBeacon != nil {
		w.stopBeacon()
		w.stopBeacon = nil
	}
	if used := w.route.close(why); used {
		l.machine.Lost(fmt.Errorf("route of term %d: %w", w.now.term, why))
	}
	if w.announced {
		l.logger.Info("no leader", "term", w.now.term, "why", why)
		l.machine.Follow("", w.now.term)
	}
	w.now, w.route, w.announced = bearing{}, nil, false
}
