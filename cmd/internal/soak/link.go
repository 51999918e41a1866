package soak

import (
	"context"
	"errors"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// sessionTime is the time-out of every session: long enough to outlive a fault, most of the time.
const sessionTime = 4 * time.Second

// link is one client's way to the cluster: a session, and another one when that is over.
type link struct {
	servers []string
	open    *client.Client
}

// client is the session at hand.
func (l *link) client(ctx context.Context) (*client.Client, error) {
	if l.open != nil {
		return l.open, nil
	}
	opening, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	k, err := client.Dial(opening, client.Config{Servers: l.servers, Timeout: sessionTime})
	if err != nil {
		pause(ctx, 50*time.Millisecond) // nobody listens, perhaps
		return nil, err
	}
	l.open = k
	return k, nil
}

// check lets go of a session that is over.
func (l *link) check(err error) {
	if l.open == nil {
		return
	}
	select {
	case <-l.open.Done():
		l.close()
	default:
		if errors.Is(err, sdk.CodeSessionExpired) {
			l.close()
		}
	}
}

func (l *link) close() {
	if l.open != nil {
		_ = l.open.Close() // the session ends, now or by its time-out
		l.open = nil
	}
}
