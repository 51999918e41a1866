package zookeeper

import (
	"cmp"
	"crypto/tls"
	"log/slog"
	"net"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper/sasl"
	"github.com/grove-coordination/grove/sdk/wire"
)

// The defaults of Config.
const (
	DefaultListen           = "127.0.0.1:2181"
	DefaultHandshakeTimeout = 10 * time.Second
	DefaultWriteTimeout     = 10 * time.Second
)

// MaxFrameLimit is the largest Config.FrameLimit: what fits into one entry of the log, with room for who wrote it.
const MaxFrameLimit = 8 << 20

// DefaultMaxPerAddress is ZooKeeper's limit (maxClientCnxns), for whoever fills in a Config; its zero value has none.
const DefaultMaxPerAddress = 60

// Config is how a Server serves. The zero value is good: it limits no connections, and every other field has a default.
// Session time-outs and how much of a session may be unanswered are the host's to limit.
type Config struct {
	Listen   string       // host:port
	Listener net.Listener // instead of Listen, already listening; Serve closes it
	TLS      *tls.Config  // nil serves in the clear; see CertificateFiles

	FrameLimit       int           // longest request carried out, in bytes; wire.DefaultFrameLimit, MaxFrameLimit at most
	CutOversized     bool          // close the connection on a longer one; otherwise one of up to twice the limit is answered BADARGUMENTS
	HandshakeTimeout time.Duration // for the first frame to come, and again for the session to open
	WriteTimeout     time.Duration // for one write to a client that does not read
	MaxConnections   int           // in all; 0 for no limit
	MaxPerAddress    int           // from one address; 0 for no limit

	Users           []sasl.User // who may log in by SASL DIGEST-MD5
	AllowFailedSASL bool        // a client whose login by SASL failed goes on without; not while Require asks for anything
	Require         []string    // of Schemes, one of which a connection must prove before it asks for anything; none: nothing

	ReadOnly bool // the host opens sessions that only read while it does not serve: for isro

	Words []string // four-letter words that are answered, as CheckWords takes them; nil for DefaultWords, empty for none
	About About

	Logger  *slog.Logger // slog.Default
	Metrics Metrics
}

// About is what four-letter words tell and a Server cannot know by itself. What is zero they leave out.
type About struct {
	Version    string        // of the program
	Built      time.Time     // what it was built of; zero for not known
	DataDir    string        // whose size dirs tells
	MinTimeout time.Duration // of a session
	MaxTimeout time.Duration
}

func (c Config) withDefaults() Config {
	c.Listen = cmp.Or(c.Listen, DefaultListen)
	c.FrameLimit = cmp.Or(c.FrameLimit, wire.DefaultFrameLimit)
	c.HandshakeTimeout = cmp.Or(c.HandshakeTimeout, DefaultHandshakeTimeout)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, DefaultWriteTimeout)
	c.Logger = cmp.Or(c.Logger, slog.Default())
	c.Metrics = c.Metrics.withDefaults()
	return c
}

// readLimit is the longest frame that is read at all.
func (c *Config) readLimit() int {
	if c.CutOversized {
		return c.FrameLimit
	}
	return 2 * c.FrameLimit
}
