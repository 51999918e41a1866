package main

import (
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// Config is everything that can be set about a server, checked. The keys it comes from stand in [settings].
type Config struct {
	NodeID   string
	DataDir  string
	MinFree  int64 // bytes of free disk space below which only deletes are taken
	Listen   Listen
	Members  []Member // of the cluster, this node among them; none: a cluster of one
	Cluster  Cluster
	Super    []sdk.Identity // who may do everything
	Session  SessionLimits
	Snapshot Snapshot
	Feed     FeedLimits
	// Frontends are the plugin processes of third parties, in the order they are started.
	Frontends []Frontend
	NATS      NATS
	ZooKeeper ZooKeeper
	SASL      SASL
	TLS       TLS
	// Sweep is how often containers and nodes with a time to live are looked through.
	Sweep time.Duration
	Log   Log
}

// Listen holds the addresses of this node, each host:port; port 0 takes a free one.
type Listen struct {
	ZooKeeper    string
	ZooKeeperTLS string // "" for none
	Admin        string
	Peer         string
}

// Member is one node of the cluster and the address of its peer port.
type Member struct {
	ID   string
	Addr string
}

// Cluster says how this node belongs to its cluster.
type Cluster struct {
	Join     []string // peer ports of members of a cluster that lets this node in
	Observer bool     // with Join: without a vote
	Clients  string   // where clients find this node; "": where it listens
	Reconfig bool     // members may be changed at run time
	ReadOnly bool     // without a quorum, who is content with reading is served
}

// SessionLimits bound the time-out a client may ask for, and what its session may take.
type SessionLimits struct {
	MinTimeout    time.Duration
	MaxTimeout    time.Duration
	MaxUnanswered int // requests; then no more are read
	MaxWatches    int // then it is closed
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
	Stream  string // JetStream's

	JetStream bool   // false: nothing is kept for who is not there
	Body      string // raw, json, cloudevents or cloudevents-binary

	Paths, Kinds []string // what is published; none: everything
	KV           string   // bucket that mirrors KVPath; "" for none
	KVPath       string
	Service      string   // prefix of subjects for questions; "" for none
	Requests     bool     // among them get, list and set
	Writes       []string // patterns of what set may write

	Credentials, Secret    string // files; "" for none
	TLSCA, TLSCert, TLSKey string
}

// ZooKeeper is the section of the frontend for ZooKeeper clients.
type ZooKeeper struct {
	Words          []string // four-letter words that are answered; none: zookeeper.DefaultWords
	MaxConnections int      // 0 for no limit
	MaxPerAddress  int      // 0 for no limit

	MaxFrame         int  // bytes of a request
	CutOversized     bool // a longer one ends its connection
	HandshakeTimeout time.Duration
	WriteTimeout     time.Duration
	Require          []string // schemes, one of which clients must prove; none: nothing
}

// TLS says how listen.zookeeper_tls proves itself, and what it asks of clients; and how nodes do among each other.
type TLS struct {
	Certificate string // PEM files, read again when they change
	Key         string
	ClientCA    string // "" to ask for no certificate
	ClientAuth  string // none, want or need

	PeerCertificate, PeerKey, PeerCA string // all "" for peers that talk plainly
}

// Log says what is logged, and how.
type Log struct {
	Level  string // debug, info, warn or error
	Format string // text or json
}
