package replica

import (
	"errors"
	"fmt"
	"time"
)

// A leader that takes a member out ends its stream at once, so a member may never hear of that from the log; nor does one
// that is sought at an address where it is not. All that both see is that nobody leads, so they ask.

// ErrOutside is in Status.Alone of a node that was a member and is none any more.
var ErrOutside = errors.New("this node is no longer a member of the cluster: it was taken out. To bring it back, start it again " +
	"with cluster.join and the peer port of a member; to be rid of it, stop it and remove its data folder")

// sameMembers is said where nodes that should be one cluster are not.
const sameMembers = "is cluster.members the same, to the letter, on every node? One that has never served begins anew, with " +
	"the right list, when its data folder is removed"

// wonderTime is how long a node knows of no leader before it asks why, and how long before it asks again.
const wonderTime = time.Second

// wonder has this node ask about itself for as long as it knows of no leader. It ends when the log is closed.
func (l *Log) wonder() {
	for times := 0; pause(l.wheel.ended, wonderTime); times++ {
		if l.route.Load() != nil {
			times = -1 // what ends the next second is the first without one
			l.alone.Store(nil)
		}
		if times > 0 && !l.port.apart() {
			l.inquire(times > 3)
		}
	}
}

// inquire asks whoever knows the leader whether this node is a member, and where. A
// leader who has only just found this node again is given some time to say so before it is told that he does not.
func (l *Log) inquire(waited bool) {
	q := question{kind: askStanding, cluster: l.cluster, member: Member{ID: l.cfg.ID}}
	a, err := l.knock(l.wheel.ended, l.others(), q)
	switch foreign := a.err(); {
	case err == nil && errors.Is(foreign, ErrForeign):
		l.tellAlone(fmt.Errorf("%w: %s", foreign, sameMembers))
	case err != nil || a.kind != saidDone:
		l.logger.Debug("nobody knows whether this node is a member", "answer", a.text, "error", err)
	case a.value == 0:
		l.tellAlone(ErrOutside)
	case waited:
		l.tellAlone(fmt.Errorf("the leader seeks this node at %s and does not reach it: its address is %s; "+
			"can the others connect to it there, with the same TLS setting?", a.text, l.transport.LocalAddr()))
	}
}

func (l *Log) tellAlone(why error) {
	if was := l.alone.Swap(&why); was == nil || (*was).Error() != why.Error() {
		l.logger.Warn(why.Error())
	}
}

// others are where somebody may know who leads.
func (l *Log) others() []string {
	doors := l.cfg.Join
	for _, m := range l.members() {
		if m.ID != l.cfg.ID {
			doors = append(doors[:len(doors):len(doors)], m.Addr)
		}
	}
	if l.port.apart() { // its log names nobody
		for _, m := range l.cfg.Members {
			if m.ID != l.cfg.ID {
				doors = append(doors, m.Addr)
			}
		}
	}
	return doors
}

// standing is what the leader says of a node: whether it is a member, and where he seeks it.
func (l *Log) standing(id string) answer {
	m, known := l.find(id)
	if !known {
		return answer{kind: saidDone}
	}
	return answer{kind: saidDone, value: 1, text: m.Addr}
}
