package replica

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
	"github.com/hashicorp/raft-wal/types"
)

// Member is one node of the cluster. Addr is host:port of its peer port, as the other nodes reach it.
type Member struct{ ID, Addr string }

// String is the member as the configuration has it.
func (m Member) String() string { return m.ID + "=" + m.Addr }

// Standing is a member and its role. An observer has everything but a vote.
type Standing struct {
	Member
	Observer bool
}

// standings are the members of a configuration, sorted by id.
func standings(of raft.Configuration) (members []Standing) {
	for _, server := range of.Servers {
		members = append(members, Standing{Member{string(server.ID), string(server.Address)}, server.Suffrage != raft.Voter})
	}
	slices.SortFunc(members, func(a, b Standing) int { return byID(a.Member, b.Member) })
	return members
}

// Disk is a file system as raft-wal sees it.
type Disk = types.VFS

// Config is what a log needs to open. Zero values of the tuning mean the defaults that are named.
type Config struct {
	ID     string
	Listen string // host:port of the peer port
	Dir    string // for log and snapshots; made when missing. One process at a time: the caller sees to that

	// Members are all voters of a new cluster, this node among them, the same on every node. Empty: a cluster of one. A
	// node without a log asks them whether all begin together, or there is a cluster that lets it in; Open does not wait
	// for that. Once there is a log, what it says counts, and Members are empty, or those of the beginning, or those of
	// now.
	Members []Member

	// Join are peer ports of members of a cluster that there is: this node asks them to be let in, and gets all from
	// them. Members is empty then, or this node alone with its address as the others reach it. A node that was let in
	// has its log, and needs Join no more. Open gives up when nobody has let it in for 30 s, or when GiveUp is closed.
	Join     []string
	Observer bool            // with Join: without a vote. Else it gets one as soon as it has caught up
	GiveUp   <-chan struct{} // nil: never

	TLS      *tls.Config  // for dialing and listening; nil: plain
	Logger   *slog.Logger // default slog.Default
	Listener net.Listener // optional: used, and closed, instead of Listen; see Dialer

	HeartbeatTimeout time.Duration // without word from the leader until an election is prepared; default 500ms
	ElectionTimeout  time.Duration // until an election is tried again; default 500ms
	LeaseTimeout     time.Duration // without word from a majority until a leader steps down; default 450ms
	CommitTimeout    time.Duration // until an idle follower learns of a commit that the beacon did not tell; default 10ms

	SnapshotThreshold uint64        // entries since the last snapshot that make another; default 8192
	SnapshotInterval  time.Duration // how often that is looked at; default 10s
	SnapshotBytes     int           // bytes of log since the last snapshot that make another, at once; default 64 MiB
	SnapshotRetain    int           // snapshots kept; default 2
	TrailingLogs      uint64        // entries kept behind a snapshot, for followers a little behind, but about SnapshotBytes at most; default 8192

	SegmentSize int              // bytes of a file of the log, which is allocated whole; default 64 MiB
	MaxEntry    int              // bytes of a raft entry; a larger record goes alone; default 512 KiB
	LowSpace    uint64           // free bytes of the disk of Dir below which space is short; default 512 MiB, or two files of the log
	Now         func() time.Time // stamps entries; default time.Now

	// Disk is what the files of the log are written to, in place of the system's, at the same paths; nil: the system's.
	// Tests put one there that fails, or forgets what was not synced. What the log knows of its files, term and vote
	// (bolt's file), and snapshots are written by their libraries, and are not its concern.
	Disk Disk
	meta types.MetaStore // for tests: in place of bolt's

	early func(to raft.ServerID, send appender) appender // for tests: what becomes of early appends; nil: they are sent
}

func (c *Config) applyDefaultsAndValidate() error {
	if c.ID == "" || len(c.ID) > maxID {
		return fmt.Errorf("node id %q: 1 to %d bytes", c.ID, maxID)
	}
	if c.Dir == "" {
		return errors.New("no folder for the log")
	}
	if i := slices.IndexFunc(c.Members, func(m Member) bool { return m.ID == c.ID }); len(c.Members) > 0 && i < 0 {
		return fmt.Errorf("node %s is not among its members", c.ID)
	}
	for i, m := range c.Members {
		if m.ID == "" || m.Addr == "" {
			return fmt.Errorf("member %v: id and address", m)
		}
		if slices.ContainsFunc(c.Members[:i], func(o Member) bool { return o.ID == m.ID || o.Addr == m.Addr }) {
			return fmt.Errorf("member %v has the name, or the address, of another", m)
		}
	}
	if len(c.Join) > 0 && len(c.Members) > 1 {
		return errors.New("members of a new cluster, and one to join: only one of them")
	}
	c.HeartbeatTimeout = cmp.Or(c.HeartbeatTimeout, 500*time.Millisecond)
	c.ElectionTimeout = cmp.Or(c.ElectionTimeout, 500*time.Millisecond)
	c.LeaseTimeout = cmp.Or(c.LeaseTimeout, 450*time.Millisecond)
	c.CommitTimeout = cmp.Or(c.CommitTimeout, 10*time.Millisecond)
	c.SnapshotThreshold = cmp.Or(c.SnapshotThreshold, 8192)
	c.SnapshotInterval = cmp.Or(c.SnapshotInterval, 10*time.Second)
	c.SnapshotBytes = cmp.Or(c.SnapshotBytes, 64<<20)
	c.SnapshotRetain = cmp.Or(c.SnapshotRetain, 2)
	c.TrailingLogs = cmp.Or(c.TrailingLogs, 8192)
	c.SegmentSize = cmp.Or(c.SegmentSize, 64<<20)
	c.MaxEntry = cmp.Or(c.MaxEntry, 512<<10)
	c.LowSpace = cmp.Or(c.LowSpace, lowSpace(c.SegmentSize))
	c.Logger = cmp.Or(c.Logger, slog.Default())
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

// address is where the other nodes find this one; alone, it is where it listens.
func (c *Config) address(listener net.Listener) string {
	for _, m := range c.Members {
		if m.ID == c.ID {
			return m.Addr
		}
	}
	return listener.Addr().String()
}

// configuration is the first one of a cluster. Every node writes it into its own log, so it is put in order: the list
// may not be written in the same order everywhere.
func (c *Config) configuration(self string) raft.Configuration {
	members := c.Members
	if len(members) == 0 {
		members = []Member{{ID: c.ID, Addr: self}}
	}
	return voters(members)
}

// voters is the configuration of members who all vote.
func voters(members []Member) (c raft.Configuration) {
	for _, m := range slices.SortedFunc(slices.Values(members), byID) {
		c.Servers = append(c.Servers, raft.Server{ID: raft.ServerID(m.ID), Address: raft.ServerAddress(m.Addr)})
	}
	return c
}

// agrees compares the members with those in the log. Nodes that believe in different clusters of the same names would
// undo each other's logs: the one with the higher term takes the other's for left-overs. Members may have changed since
// the beginning. Alone, an address is nobody's concern.
func (c *Config) agrees(inLog []Standing, begun ...clusterID) error {
	want := slices.SortedFunc(slices.Values(c.Members), byID)
	var have []Member
	for _, m := range inLog {
		have = append(have, m.Member)
	}
	slices.SortFunc(have, byID)
	switch {
	case len(want) == 0, len(c.Join) > 0: // it believes nothing, or what it is told
	case slices.Equal(want, have):
	case len(want) > 1 && slices.Contains(begun, newCluster(want)): // they are others since
	case len(want) == 1 && len(have) == 1 && want[0].ID == have[0].ID: // the address is nobody's concern
	default:
		return fmt.Errorf("members are %v in the log, and %v in the configuration: %s", have, want, sameMembers)
	}
	return nil
}

func byID(a, b Member) int { return cmp.Compare(a.ID, b.ID) }

// raft is the configuration of raft. MaxAppendEntries is far below what suits an entry per operation: entries are
// packed, and this many at their largest (32 MiB) are what a follower that catches up gets in one message.
func (c *Config) raft(logger hclog.Logger) *raft.Config {
	r := raft.DefaultConfig()
	r.LocalID = raft.ServerID(c.ID)
	r.HeartbeatTimeout, r.ElectionTimeout, r.LeaderLeaseTimeout = c.HeartbeatTimeout, c.ElectionTimeout, c.LeaseTimeout
	r.CommitTimeout = c.CommitTimeout
	r.MaxAppendEntries = 64
	r.SnapshotThreshold, r.SnapshotInterval, r.TrailingLogs = c.SnapshotThreshold, c.SnapshotInterval, c.TrailingLogs
	r.ShutdownOnRemove = false // a node that was removed is a follower of nobody; its owner closes it
	r.NoLegacyTelemetry = true
	r.Logger = logger
	return r
}
