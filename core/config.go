package core

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/roster"
	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/sdk"
)

// Config is what a node needs to open. Zero values of the limits mean their defaults.
type Config struct {
	ID       string           // of this node in its cluster
	Dir      string           // for everything the node keeps; made when missing, held by one process at a time
	Peer     string           // host:port for the other nodes
	PeerTLS  *tls.Config      // nil: plain
	Members  []replica.Member // of a new cluster; empty: this node alone
	Join     []string         // instead of Members: peer ports of members of a cluster that lets this node in
	Observer bool             // with Join: without a vote
	GiveUp   <-chan struct{}  // with Join: closed, Open does not wait any longer to be let in; nil: for 30s
	JoinTime time.Duration    // how long a reconfiguration waits for a new member; default 30s
	Clients  string           // host:port where clients find this node, told to the cluster; "": not told

	FixedMembers bool           // refuse reconfigurations
	ReadOnly     bool           // without a quorum, serve clients that are content with reading
	Super        []sdk.Identity // who may do everything

	PeerListener net.Listener // optional: used instead of Peer

	MinTimeout time.Duration // of a session; default 4s
	MaxTimeout time.Duration // of a session; default 40s
	Tick       time.Duration // how often sessions are reported to the leader and looked through; default 500ms, or an eighth of MinTimeout

	MaxUnanswered int // operations of one session before its frontend has to wait; default session.DefaultWindow, session.MaxWindow at most
	MaxWatches    int // of one session, on the node that serves it; who asks for more is let go; default 1<<20

	Sweep time.Duration // how often containers and TTL nodes are looked through; default 1m

	SnapshotEntries  uint64        // log entries that make a snapshot due; default replica's
	SnapshotInterval time.Duration // how often that is looked at; default replica's
	SnapshotTrailing uint64        // log entries kept behind a snapshot, for nodes a little behind; default replica's
	SegmentSize      int           // bytes of a file of the log, which is allocated whole; default replica's

	Disk replica.Disk     // optional: what the files of the log are written to; see replica
	Now  func() time.Time // the wall clock, by which transactions are stamped; default time.Now. Sessions are timed by what was heard

	MinFree uint64 // bytes of free disk space below which only deletes are taken; default 512 MiB

	Feed   feed.Limits
	Engine sdk.Engine // runs validators; nil: none
	Logger *slog.Logger
}

var nodeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

func (c *Config) applyDefaultsAndValidate() error {
	setDefault(&c.MinTimeout, 4*time.Second)
	setDefault(&c.MaxTimeout, 40*time.Second)
	setDefault(&c.Tick, min(500*time.Millisecond, c.MinTimeout/8))
	setDefault(&c.MaxUnanswered, session.DefaultWindow)
	setDefault(&c.MaxWatches, 1<<20)
	setDefault(&c.Sweep, time.Minute)
	setDefault(&c.JoinTime, 30*time.Second)
	setDefault(&c.MinFree, 512<<20)
	setDefault(&c.Feed, feed.Default())
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case !nodeName.MatchString(c.ID):
		return fmt.Errorf("node id %q: letters, digits, dot, dash and underscore, 63 at most", c.ID)
	case len(c.Clients) > roster.MaxText || strings.ContainsAny(c.Clients, "\r\n;"):
		return fmt.Errorf("address for clients %q: no host:port", c.Clients)
	case c.MaxUnanswered < 1 || c.MaxUnanswered > session.MaxWindow:
		return fmt.Errorf("%d unanswered operations of a session: from 1 to %d", c.MaxUnanswered, session.MaxWindow)
	case c.MaxWatches < 1:
		return fmt.Errorf("%d watches of a session: one at least", c.MaxWatches)
	case c.Dir == "":
		return errors.New("no data folder")
	case c.MinTimeout > c.MaxTimeout:
		return fmt.Errorf("smallest session time-out %v is above the largest, %v", c.MinTimeout, c.MaxTimeout)
	case c.Tick <= 0 || c.Tick > c.MinTimeout/4:
		return fmt.Errorf("tick %v does not fit a smallest session time-out of %v: a quarter of it at most", c.Tick, c.MinTimeout)
	}
	return nil
}

func setDefault[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}
