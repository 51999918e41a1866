package sdk

import (
	"context"
	"errors"
	"time"
)

// PasswordLen is the length of the secret by which a session is taken up again.
const PasswordLen = 16

// Errors of Host.Open and of sessions. All but ErrSessionClosed are answers about the session; other errors are
// faults of the server.
var (
	// ErrNoSession is returned when the session to resume is not known (any more) or the password is wrong.
	ErrNoSession = errors.New("session is unknown or expired")
	// ErrAhead is returned when the client has seen a later state than this server: it must try another one.
	ErrAhead = errors.New("client has seen a later state than this server")
	// ErrNotServing is returned while there is no quorum, or the server is starting or stopping.
	ErrNotServing = errors.New("server is not serving")
	// ErrSessionClosed is returned by Submit and Next when the session is no longer served here: it was closed,
	// expired, was taken up elsewhere, or one of its writes may be lost. Errors that say which wrap it.
	ErrSessionClosed = errors.New("session is no longer served here")
	// ErrOverwhelmed is in the error of a session that was let go because it took more than one may: it watches too
	// much, or lets too many messages pile up.
	ErrOverwhelmed = errors.New("client takes more than it may")
)

// Login asks for a session.
type Login struct {
	SessionID  int64         // 0 for a new one
	Password   []byte        // of the session to resume
	Timeout    time.Duration // wished for; clamped to the server's limits
	LastZxid   int64         // the last the client has seen, 0 for none
	Identities []Identity    // what the frontend has proved of the client, such as its address
	ReadOnly   bool          // content, while there is no quorum, with a session that only reads
}

// SessionInfo is what a client is told about its session. Timeout is the one that was agreed. A session that is ReadOnly
// lives on this node alone, sees what the node last applied, and ends when the node serves again; its writes are answered
// with CodeNotReadOnly.
type SessionInfo struct {
	ID       int64
	Password [PasswordLen]byte
	Timeout  time.Duration
	ReadOnly bool
}

// Session is one client's session as served by one node. One goroutine may submit while one other receives.
type Session interface {
	// Info never changes and may be asked at any time.
	Info() SessionInfo

	// Submit hands over one operation. Operations take effect, and are answered, in the order submitted; the reply
	// comes through Next with the same cookie. A ping alone may be answered before a write whose verdict takes long.
	// Submit waits, until ctx ends, while too much of the session is still unanswered, or the log has no room for a
	// write. The op and everything it refers to are lent until it returns. Every operation renews the session.
	Submit(ctx context.Context, cookie uint64, op *Op) error

	// Next waits until there is something and fills dst with replies and events, in the order the client must see
	// them. An event of a watch always comes before any reply that shows what it tells. After the session has
	// ended it gives what was left, then ErrSessionClosed.
	Next(ctx context.Context, dst []Message) (int, error)

	// Close lets go of the session here: its watches are gone, Next ends. The session itself lives on until its
	// time-out, so that it can be resumed; OpCloseSession is what ends it.
	Close() error
}

// Poller is a Session whose messages can be taken without waiting, by whoever is at hand: a frontend that has just
// submitted a batch answers what is already there from the same goroutine, and waits on Wake for what others put
// into the outbox. It is used instead of Next. One goroutine may poll at a time, while another submits.
type Poller interface {
	// Poll fills dst with what there is, in the order of Next, and returns how much that was; 0 says that nothing
	// is left for now.
	Poll(dst []Message) int
	// Wake is one channel of capacity one for the whole session. It gets a token when there is something to poll
	// that was put there by another than the submitter; a full channel is left as it is. What Submit answers on the
	// spot makes no token, so the submitter must poll after it has submitted; but a Submit that has to wait makes
	// one first. The channel is closed once the session has ended and Poll has nothing more to come than what is
	// there.
	Wake() <-chan struct{}
}
