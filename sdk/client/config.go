package client

import (
	"crypto/tls"
	"errors"
	"time"

	"github.com/grove-coordination/grove/sdk/wire"
)

const (
	defaultTimeout = 10 * time.Second
	requestLimit   = wire.DefaultFrameLimit // a server hangs up on a longer one
	replyLimit     = 64 << 20               // children of one node make the longest

	minAttempt = time.Second // for one server
	firstPause = 100 * time.Millisecond
	longPause  = time.Second
	closeWait  = 2 * time.Second
)

// Config says where to connect and as whom. The zero value of every field but Servers is good.
type Config struct {
	// Servers are the addresses, host:port. They are tried in turn, from a random one on.
	Servers []string
	// Timeout is the session time-out to ask for, 10 s unless set; the server may give another. Without a
	// connection for so long the session expires, and its ephemeral nodes are gone.
	Timeout time.Duration
	// TLS, when set, is what connections are secured with. The server's name comes from its address unless set.
	TLS *tls.Config
	// Auth is sent on every connection before anything else.
	Auth []Credential
}

// Credential proves an identity: for scheme "digest" the secret is "user:password".
type Credential struct {
	Scheme string
	Secret []byte
}

func (c Config) withDefaults() (Config, error) {
	if len(c.Servers) == 0 {
		return c, errors.New("no servers to connect to")
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	return c, nil
}
