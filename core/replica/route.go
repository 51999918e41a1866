package replica

import "errors"

// Errors of Propose. With any of them the record was not taken, and no other was because of it.
var (
	// ErrNoLeader is returned when nobody is known to lead, or he cannot be reached.
	ErrNoLeader = errors.New("no leader")
	// ErrBusy is returned when 64 MiB are waiting: more comes than disk and majority take, or they are stuck. See Log.Room.
	ErrBusy = errors.New("too much is waiting to be replicated")
	// ErrTooLarge is returned for a record above MaxRecord.
	ErrTooLarge = errors.New("record is too large")
)

// Bytes that may wait in a route. Streams of followers stop being read when the lower bound is reached by what came from
// them, so that the network holds them back and leaves room for what is proposed here, and the other way round.
const (
	maxQueued       = 64 << 20
	maxStreamQueued = 4 << 20
	roomyQueued     = maxQueued / 2 // so little is waiting that those who were turned away come again
)

// route is where the records of this node go: into the log while it leads, down the stream to the leader else. It is
// bound to one leader and one term. Broken once, it stays broken.
type route interface {
	// propose takes a record, or gives one of the errors above. Any goroutine.
	propose(record []byte) error
	// room is closed once less than roomyQueued waits, or the route is broken.
	room() <-chan struct{}
	// open reports whether it takes records by now.
	open() bool
	// broken says why it takes none any more; nil while it does, or will.
	broken() error
	// close breaks the route if nothing has yet, waits until nothing moves in it any more, and reports whether it
	// ever took a record.
	close(why error) (used bool)
}

var (
	_ route = (*lead)(nil)
	_ route = (*link)(nil)
)
