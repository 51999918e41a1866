package core

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// errServesAgain ends the sessions that only read.
var errServesAgain = fmt.Errorf("%w: the cluster has a leader again", sdk.ErrSessionClosed)

// aloof is the node as a session sees it that only reads: it writes nothing.
type aloof struct{ home }

var _ session.Core = aloof{}

// Judge implements session.Core: every write is refused but the end of the session, which is nobody else's concern.
func (n aloof) Judge(_ context.Context, _ int64, _ []sdk.Identity, op *sdk.Op) session.Verdict {
	code := sdk.CodeNotReadOnly
	if op.Kind == sdk.OpCloseSession {
		code = sdk.OK
	}
	return session.Verdict{Refusal: &sdk.Rejection{Op: -1, Code: code, Reason: "there is no quorum"}}
}

// Unsettled implements session.Core.
func (n aloof) Unsettled(*sdk.Op) bool { return false }

// openReader opens a session that reads what this node last applied, while there is no quorum; why says that there is
// none. A session the node knows is shown as it is and lives on; any other ends with its connection.
func (n *Node) openReader(login sdk.Login, why error) (sdk.Session, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case errors.Is(n.notServing(), errStopping):
		return nil, why
	case n.notServing() == nil: // meanwhile: the client comes again, and gets a session
		return nil, fmt.Errorf("%w: %w", sdk.ErrNotServing, errServesAgain)
	case login.LastZxid > n.zxid:
		return nil, sdk.ErrAhead
	}
	info := sdk.SessionInfo{ID: login.SessionID, Timeout: n.agreed(login.Timeout), ReadOnly: true}
	switch record := n.sessions.Get(login.SessionID); {
	case login.SessionID == 0:
		info.ID = strangeID()
		rand.Read(info.Password[:])
	case record == nil || !record.Opens(login.Password):
		return nil, sdk.ErrNoSession
	default:
		info.Password = record.Password
	}
	n.lastID++
	reader := session.NewServed(aloof{home{n}}, info, 0, uint64(n.lastID), n.cfg.MaxUnanswered, login.Identities)
	n.byID[watch.ID(n.lastID)], n.readers[reader] = reader, struct{}{}
	return reader, nil
}

// strangeID is an id that no session of the cluster ever has: those are zxids, which are positive.
func strangeID() int64 {
	var b [8]byte
	rand.Read(b[:])
	return int64(binary.BigEndian.Uint64(b[:]) | 1<<63)
}
