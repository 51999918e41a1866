//go:build oracle

package oracle

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// server is one of the two, with a line for each session of the script.
type server struct {
	name, addr string
	lines      []*line
	owner      map[int64]int   // the number of each session there was
	times      map[int64]int64 // of the writes that were told
}

// duel plays one script on two servers: the original, which is right, and ours.
type duel struct {
	*testing.T
	servers [2]*server
	ranks   ranks
	script  *script
	history []string
	excused map[string]int
	heard   map[string]int // what was said, in how many frames
	xid     int32
}

func newDuel(t *testing.T, original, ours string, s *script) *duel {
	d := &duel{T: t, script: s, excused: map[string]int{}, heard: map[string]int{}}
	for i, addr := range []string{original, ours} {
		d.servers[i] = &server{
			name: [...]string{"ZooKeeper", "Grove"}[i], addr: addr, lines: make([]*line, sessions), owner: map[int64]int{}, times: map[int64]int64{},
		}
	}
	for i := range sessions {
		d.connect(i, false)
	}
	return d
}

// steal takes a session up on a new line, upon which the old one must be closed.
func (d *duel) steal(session int) {
	var old [2]*line
	for i, s := range d.servers {
		copied := *s.lines[session]
		old[i] = &copied
	}
	d.reach(session, true)
	for i, l := range old {
		if _, err := l.listen(true); ending(err) != "closed" {
			d.fail("%s leaves the old connection of session %d %s", d.servers[i].name, session, ending(err))
		}
		l.socket.Close()
	}
}

// connect opens the line of a session on both, which takes up the session that was there or makes a new one. Grove is not
// waited for. ZooKeeper is: when it sees the end of a connection after the session came back on another, it forgets the
// new one too (NIOServerCnxnFactory.removeCnxn goes by the session alone), and leaves it open when the session is
// stolen later.
func (d *duel) connect(session int, resume bool) {
	if resume {
		d.servers[0].lines[session].hangUp()
		d.servers[1].lines[session].socket.Close()
	}
	d.reach(session, resume)
}

func (d *duel) reach(session int, resume bool) {
	for _, s := range d.servers {
		var before *line
		if resume {
			before = s.lines[session]
		}
		l, err := dial(s.addr, before)
		if err != nil {
			d.fail("%s does not let session %d in: %v", s.name, session, err)
		}
		s.lines[session] = l
		if _, known := s.owner[l.session.SessionID]; !known {
			s.owner[l.session.SessionID] = len(s.owner) + 1
		}
	}
	one, other := d.servers[0].lines[session].session, d.servers[1].lines[session].session
	if one.TimeoutMillis != other.TimeoutMillis || one.ReadOnly != other.ReadOnly || one.Short != other.Short {
		d.fail("greetings differ: %+v, %+v", one, other)
	}
}

// play does one step on both servers and compares all that comes of it.
func (d *duel) play(at step) {
	d.history = append(d.history, describe(at))
	switch at.act {
	case hangUp:
		d.connect(at.session, true)
	case steal:
		d.steal(at.session)
	}
	questions := d.number(at.ops)
	var said [2][]*heard
	var ends [2]string
	var errs [2]error
	for i, s := range d.servers {
		errs[i] = d.speak(i, s.lines[at.session], at, questions)
	}
	for i, s := range d.servers {
		if errs[i] == nil {
			said[i], errs[i] = s.lines[at.session].listen(at.ends)
		}
		ends[i] = ending(errs[i])
	}
	d.compare(at, at.session, said, ends)
	for _, h := range said[0] {
		if h.op != nil {
			d.script.learn(h)
		}
	}
	if ends[0] == "closed" {
		d.connect(at.session, at.act != sayBye)
	}
	d.others(at)
}

// number gives each operation its xid, new on both connections.
func (d *duel) number(ops []sdk.Op) (questions []question) {
	for _, op := range ops {
		d.xid++
		questions = append(questions, question{xid: d.xid, op: op})
	}
	return questions
}

// speak sends what a step says, and a ping behind it unless the connection is to end.
func (d *duel) speak(side int, l *line, at step, questions []question) error {
	if at.act == misspeak {
		l.asked = append(l.asked, questions...)
		frames := append([]byte(nil), at.raw...)
		if len(questions) > 0 {
			binary.BigEndian.PutUint32(frames[4:], uint32(questions[0].xid))
		}
		if err := l.send(frames); err != nil {
			return err
		}
	} else if err := l.ask(d.since(side, at.since, questions)...); err != nil {
		return err
	}
	if at.ends {
		return nil
	}
	return l.ask(ping)
}

// since fills in what each server's setWatches had seen: writes that are the same by rank.
func (d *duel) since(side, back int, questions []question) []question {
	own := append([]question(nil), questions...)
	for i := range own {
		if w := own[i].op.Watches; w != nil {
			list := *w
			list.RelativeZxid = d.ranks.back(side, back)
			own[i].op.Watches = &list
		}
	}
	return own
}

// others asks all other sessions for what they were told.
func (d *duel) others(at step) {
	for _, s := range d.servers {
		for i, l := range s.lines {
			if i != at.session {
				_ = l.ask(ping) // what comes of it is heard below
			}
		}
	}
	for session := range sessions {
		if session == at.session {
			continue
		}
		var said [2][]*heard
		var ends [2]string
		for i, s := range d.servers {
			var err error
			said[i], err = s.lines[session].listen(false)
			ends[i] = ending(err)
		}
		d.compare(at, session, said, ends)
		if ends[0] != "open" {
			d.fail("session %d, which is idle, is %s", session, ends[0])
		}
	}
}

func (d *duel) leave() {
	for _, s := range d.servers {
		for _, l := range s.lines {
			l.leave()
		}
	}
}

// fail ends the duel with the last steps of the script.
func (d *duel) fail(format string, args ...any) {
	d.Helper()
	last := d.history[max(0, len(d.history)-12):]
	d.Fatalf("%s\nafter %d steps, the last of which were\n%s", fmt.Sprintf(format, args...), len(d.history), strings.Join(last, "\n"))
}

func describe(at step) string {
	var b strings.Builder
	fmt.Fprintf(&b, "session %d%s", at.session, [...]string{talk: "", hangUp: " comes back", sayBye: " ends", misspeak: " misspeaks", steal: " is stolen"}[at.act])
	if at.raw != nil {
		fmt.Fprintf(&b, " %.40x", at.raw)
	}
	for i := range at.ops {
		fmt.Fprintf(&b, "\n    %s", words(&at.ops[i]))
	}
	return b.String()
}

// words puts an operation as a trace does.
func words(op *sdk.Op) string {
	frame, err := wire.AppendRequest(nil, 0, op)
	if err != nil {
		return err.Error()
	}
	trace := wire.NewTrace(false)
	trace.Client(wire.AppendConnectRequest(nil, &wire.ConnectRequest{})[4:])
	trace.Client(frame[4:])
	lines := strings.Split(strings.TrimSpace(trace.String()), "\n")
	return lines[len(lines)-1]
}
