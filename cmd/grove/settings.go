package main

import (
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper/sasl"
	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/sdk"
)

// A setting is one key of the configuration: what it is unless somebody says otherwise, and how its value, as text
// or as YAML gave it, gets into a Config.
type setting struct {
	key     string
	initial string
	usage   string
	set     func(c *Config, value any) error
}

// settings is the whole configuration, in the order of koanf.yaml and of the help text.
var settings = []setting{
	{"node.id", "n1", "name of this node in its cluster",
		into(func(c *Config) *string { return &c.NodeID }, word)},
	{"data.dir", "./grove-data", "folder that holds everything this node keeps",
		into(func(c *Config) *string { return &c.DataDir }, nonEmpty)},
	{"data.min_free", "512MiB", "free disk space below which only deletes are taken",
		into(func(c *Config) *int64 { return &c.MinFree }, leastFree)},

	{"listen.zookeeper", "127.0.0.1:2181", "address for ZooKeeper clients",
		into(func(c *Config) *string { return &c.Listen.ZooKeeper }, address)},
	{"listen.zookeeper_tls", "", "address for ZooKeeper clients that speak TLS; empty: none",
		into(func(c *Config) *string { return &c.Listen.ZooKeeperTLS }, orEmpty(address))},
	{"listen.admin", "127.0.0.1:9180", "address for health, metrics and status over HTTP",
		into(func(c *Config) *string { return &c.Listen.Admin }, address)},
	{"listen.peer", "127.0.0.1:2888", "address for the other nodes of the cluster",
		into(func(c *Config) *string { return &c.Listen.Peer }, address)},

	{"cluster.members", "", "all nodes as id=host:port of their peer ports, all there when a cluster begins; none: a cluster of one",
		into(func(c *Config) *[]Member { return &c.Members }, members)},
	{"cluster.join", "", "peer ports, host:port, of members of a cluster that lets this node in",
		into(func(c *Config) *[]string { return &c.Cluster.Join }, addresses)},
	{"cluster.observer", "false", "with cluster.join: come without a vote",
		into(func(c *Config) *bool { return &c.Cluster.Observer }, boolean)},
	{"cluster.clients", "", "host:port where clients find this node; empty: listen.zookeeper",
		into(func(c *Config) *string { return &c.Cluster.Clients }, orEmpty(address))},
	{"cluster.reconfig", "true", "let those who may write /zookeeper/config change the members",
		into(func(c *Config) *bool { return &c.Cluster.Reconfig }, boolean)},
	{"cluster.read_only", "false", "without a quorum, serve clients that are content with reading",
		into(func(c *Config) *bool { return &c.Cluster.ReadOnly }, boolean)},

	{"auth.super", "", "who may do everything, as scheme:id",
		into(func(c *Config) *[]sdk.Identity { return &c.Super }, identities)},

	{"session.min_timeout", "4s", "shortest session time-out a client gets",
		into(func(c *Config) *time.Duration { return &c.Session.MinTimeout }, duration)},
	{"session.max_timeout", "40s", "longest session time-out a client gets",
		into(func(c *Config) *time.Duration { return &c.Session.MaxTimeout }, duration)},
	{"session.max_unanswered", "1024", "requests of one session that may be unanswered before no more are read",
		into(func(c *Config) *int { return &c.Session.MaxUnanswered }, upTo(session.MaxWindow))},
	{"session.max_watches", "1048576", "watches of one session",
		into(func(c *Config) *int { return &c.Session.MaxWatches }, upTo(1<<30))},

	{"zookeeper.four_letter_words", "", "four-letter words that are answered, or *; none: all that only read",
		into(func(c *Config) *[]string { return &c.ZooKeeper.Words }, fourLetterWords)},
	{"zookeeper.max_connections", "0", "client connections in all; 0: no limit",
		into(func(c *Config) *int { return &c.ZooKeeper.MaxConnections }, number)},
	{"zookeeper.max_per_address", "60", "client connections from one address; 0: no limit",
		into(func(c *Config) *int { return &c.ZooKeeper.MaxPerAddress }, number)},
	{"zookeeper.max_frame", "1048575", "longest request, in bytes",
		into(func(c *Config) *int { return &c.ZooKeeper.MaxFrame }, frameSize)},
	{"zookeeper.cut_oversized", "false", "close the connection on a longer one instead of answering it",
		into(func(c *Config) *bool { return &c.ZooKeeper.CutOversized }, boolean)},
	{"zookeeper.handshake_timeout", "10s", "how long a client may take for its handshake",
		into(func(c *Config) *time.Duration { return &c.ZooKeeper.HandshakeTimeout }, duration)},
	{"zookeeper.write_timeout", "10s", "how long a client may leave unread what it is sent",
		into(func(c *Config) *time.Duration { return &c.ZooKeeper.WriteTimeout }, duration)},
	{"zookeeper.require", "", "of digest, sasl, x509, one of which clients must prove; none: nothing",
		into(func(c *Config) *[]string { return &c.ZooKeeper.Require }, schemes)},

	{"sasl.users", "", "who may log in by SASL DIGEST-MD5, as name:password",
		into(func(c *Config) *[]sasl.User { return &c.SASL.Users }, saslUsers)},
	{"sasl.users_file", "", "file with more of them, one a line",
		into(func(c *Config) *string { return &c.SASL.UsersFile }, text)},
	{"sasl.allow_failed", "false", "clients whose login fails go on as nobody",
		into(func(c *Config) *bool { return &c.SASL.AllowFailed }, boolean)},

	{"tls.certificate", "", "PEM file with the certificate chain of listen.zookeeper_tls",
		into(func(c *Config) *string { return &c.TLS.Certificate }, text)},
	{"tls.key", "", "PEM file with its key",
		into(func(c *Config) *string { return &c.TLS.Key }, text)},
	{"tls.client_ca", "", "PEM file with the authorities whose client certificates are believed",
		into(func(c *Config) *string { return &c.TLS.ClientCA }, text)},
	{"tls.client_auth", "none", "client certificates: none, want, need",
		into(func(c *Config) *string { return &c.TLS.ClientAuth }, oneOf("none", "want", "need"))},
	{"tls.peer_certificate", "", "PEM file with the certificate chain of this node among its peers; empty: peers talk plainly",
		into(func(c *Config) *string { return &c.TLS.PeerCertificate }, text)},
	{"tls.peer_key", "", "PEM file with its key",
		into(func(c *Config) *string { return &c.TLS.PeerKey }, text)},
	{"tls.peer_ca", "", "PEM file with the authorities that peers are believed by",
		into(func(c *Config) *string { return &c.TLS.PeerCA }, text)},

	{"sweep.interval", "1m", "how often containers and nodes with a time to live are looked through",
		into(func(c *Config) *time.Duration { return &c.Sweep }, duration)},

	{"snapshot.entries", "8192", "log entries after which a snapshot is taken",
		into(func(c *Config) *uint64 { return &c.Snapshot.Entries }, count)},
	{"snapshot.interval", "30s", "how often it is looked whether a snapshot is due",
		into(func(c *Config) *time.Duration { return &c.Snapshot.Interval }, atLeast(time.Second, duration))},

	{"feed.max_bytes", "64MiB", "most that the change log holds",
		into(func(c *Config) *int64 { return &c.Feed.MaxBytes }, size)},
	{"feed.max_age", "1h", "how long the change log holds a change",
		into(func(c *Config) *time.Duration { return &c.Feed.MaxAge }, duration)},

	{"frontends", "[]", "plugin processes: list of name, command, args, config, grant, sha256",
		into(func(c *Config) *[]Frontend { return &c.Frontends }, frontends)},

	{"nats.enabled", "true", "publish changes to NATS",
		into(func(c *Config) *bool { return &c.NATS.Enabled }, boolean)},
	{"nats.url", "", "NATS servers to publish to; empty: an embedded server",
		into(func(c *Config) *string { return &c.NATS.URL }, natsURL)},
	{"nats.listen", "127.0.0.1:4222", "address of the embedded NATS server",
		into(func(c *Config) *string { return &c.NATS.Listen }, address)},
	{"nats.subject", "grove", "what every subject begins with",
		into(func(c *Config) *string { return &c.NATS.Subject }, subject)},

	{"nats.stream", "GROVE", "JetStream stream that keeps the messages",
		into(func(c *Config) *string { return &c.NATS.Stream }, word)},
	{"nats.jetstream", "true", "keep the messages in a stream; false: plain NATS",
		into(func(c *Config) *bool { return &c.NATS.JetStream }, boolean)},
	{"nats.body", "raw", "body of a message: raw, json, cloudevents, cloudevents-binary",
		into(func(c *Config) *string { return &c.NATS.Body }, oneOf("raw", "json", "cloudevents", "cloudevents-binary"))},
	{"nats.paths", "", "patterns of paths whose changes are published; empty: all",
		into(func(c *Config) *[]string { return &c.NATS.Paths }, list)},
	{"nats.kinds", "", "kinds of changes that are published: created, changed, deleted, acl; empty: all",
		into(func(c *Config) *[]string { return &c.NATS.Kinds }, list)},
	{"nats.kv", "", "bucket of NATS' key-value store that mirrors nats.kv_path; empty: none",
		into(func(c *Config) *string { return &c.NATS.KV }, text)},
	{"nats.kv_path", "/", "path that nats.kv mirrors, with all below it",
		into(func(c *Config) *string { return &c.NATS.KVPath }, text)},
	{"nats.service", "grove-service", "prefix of subjects on which the adapter tells how it is; empty: none",
		into(func(c *Config) *string { return &c.NATS.Service }, orEmpty(subject))},
	{"nats.requests", "false", "answer get, list and set on <nats.service>.get and so on",
		into(func(c *Config) *bool { return &c.NATS.Requests }, boolean)},
	{"nats.writes", "", "patterns of paths that set requests may write; empty: none",
		into(func(c *Config) *[]string { return &c.NATS.Writes }, list)},
	{"nats.credentials", "", "file with a user's JWT and seed, for nats.url",
		into(func(c *Config) *string { return &c.NATS.Credentials }, text)},
	{"nats.secret", "", "file with what tells the adapter's messages from forged ones, for nats.url",
		into(func(c *Config) *string { return &c.NATS.Secret }, text)},
	{"nats.tls_ca", "", "file with the authorities that the servers of nats.url are believed by",
		into(func(c *Config) *string { return &c.NATS.TLSCA }, text)},
	{"nats.tls_cert", "", "file with a certificate for nats.url",
		into(func(c *Config) *string { return &c.NATS.TLSCert }, text)},
	{"nats.tls_key", "", "file with its key",
		into(func(c *Config) *string { return &c.NATS.TLSKey }, text)},

	{"log.level", "info", "least important message shown: debug, info, warn, error",
		into(func(c *Config) *string { return &c.Log.Level }, oneOf("debug", "info", "warn", "error"))},
	{"log.format", "text", "form of the messages: text, json",
		into(func(c *Config) *string { return &c.Log.Format }, oneOf("text", "json"))},
}

// into makes the setter of one field out of the reader of its type.
func into[T any](field func(*Config) *T, read func(any) (T, error)) func(*Config, any) error {
	return func(c *Config, value any) error {
		read, err := read(value)
		if err == nil {
			*field(c) = read
		}
		return err
	}
}

// defaults is the configuration when nobody says anything.
func defaults() Config {
	var c Config
	for _, s := range settings {
		if err := s.set(&c, s.initial); err != nil {
			panic("default of " + s.key + ": " + err.Error())
		}
	}
	return c
}
