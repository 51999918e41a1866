package main

import "time"

// Config is everything that can be set about a server, checked. The keys it comes from stand in [settings].
type Config struct {
	NodeID   string
	DataDir  string
	Listen   Listen
	Members  []Member // of the cluster, this node among them; none: a cluster of one
	Session  SessionLimits
	Snapshot Snapshot
	Feed     FeedLimits
	// Frontends are the plugin processes of third parties, in the order they are started.
	Frontends []Frontend
	NATS      NATS
	Log       Log
}

// Listen holds the addresses of this node, each host:port; port 0 takes a free one.
type Listen struct {
	ZooKeeper string
	Admin     string
	Peer      string
}

// Member is one node of the cluster and the address of its peer port.
type Member struct {
	ID   string
	Addr string
}

// SessionLimits bound the time-out a client may ask for.
type SessionLimits struct {
	MinTimeout time.Duration
	MaxTimeout time.Duration
}

// Snapshot says when the log is cut short by a snapshot: after so many entries, looked at so often.
type Snapshot struct {
	Entries  uint64
	Interval time.Duration
}

// FeedLimits bound the change log: what is older or does not fit is forgotten.
type FeedLimits struct {
	MaxBytes int64
	MaxAge   time.Duration
}

// Frontend is one plugin process: the command that starts it, its settings and what it may do.
type Frontend struct {
	Name    string
	Command string
	Args    []string
	Config  map[string]any
	Grant   []string
	SHA256  string // of the command's file in lower-case hex, "" for not pinned
}

// NATS is the section of the first-party NATS frontend.
type NATS struct {
	Enabled bool
	URL     string // "" for an embedded server
	Listen  string // of the embedded server
	Subject string // what every subject begins with
}

// Log says what is logged, and how.
type Log struct {
	Level  string // debug, info, warn or error
	Format string // text or json
}
