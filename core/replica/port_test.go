package replica

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections the test makes.
type pipes struct {
	incoming chan net.Conn
	closed   chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.incoming:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return peerAddr("pipes:0") }

func (p *pipes) connect() net.Conn {
	here, there := net.Pipe()
	p.incoming <- there
	return here
}

func TestPortTellsStreamsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := &pipes{make(chan net.Conn), make(chan struct{})}
		forwarded := make(chan net.Conn, 1)
		p := openPort(listener, nil, doors{forward: func(c net.Conn) { forwarded <- c }})
		p.cluster = 1
		p.start()
		layer := &raftLayer{p, "n1:2888"}
		for first, next := range map[byte]func() (net.Conn, error){
			streamRaft:    layer.Accept,
			streamForward: func() (net.Conn, error) { return <-forwarded, nil },
		} {
			here := listener.connect()
			go here.Write(append(greeting(first, 1), 'x'))
			conn, err := next()
			if err != nil {
				t.Fatal(err)
			}
			got := make([]byte, 1)
			if _, err := conn.Read(got); err != nil || got[0] != 'x' {
				t.Errorf("%#x: the stream begins with %q, %v", first, got, err)
			}
		}
		if layer.Addr().String() != "n1:2888" {
			t.Errorf("raft's address is %v", layer.Addr())
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
		if _, err := layer.Accept(); err != net.ErrClosed {
			t.Errorf("accept after close: %v", err)
		}
	})
}

func TestPortTurnsStrangersAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := &pipes{make(chan net.Conn), make(chan struct{})}
		var heard atomic.Int32
		p := openPort(listener, nil, doors{stranger: func(net.Conn, error) { heard.Add(1) }})
		p.cluster = 1
		p.start()
		defer p.close()
		silent, loud := listener.connect(), listener.connect()
		start := time.Now()
		if _, err := loud.Write([]byte("G")); err != nil {
			t.Fatal(err)
		}
		if _, err := loud.Read(make([]byte, 1)); err != io.EOF || time.Since(start) > 0 {
			t.Errorf("an unknown stream: %v after %v", err, time.Since(start))
		}
		if _, err := silent.Read(make([]byte, 1)); err != io.EOF || time.Since(start) != greetTime {
			t.Errorf("a silent one: %v after %v", err, time.Since(start))
		}
		synctest.Wait()
		if len(p.conns) != 0 || heard.Load() != 2 {
			t.Errorf("the port still knows %d connections, and told of %d strangers", len(p.conns), heard.Load())
		}
	})
}

// Whatever comes to the peer port of a running cluster, its leader stays and its records go on.
func TestGarbageOnThePeerPort(t *testing.T) {
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	term := leader.log.Status().Term
	cluster := leader.log.cluster
	random := make([]byte, 1000)
	for i := range random {
		random[i] = byte(mathrand.N(256))
	}
	wrong := func(id string, term uint64) []byte {
		return appendHello(greeting(streamForward, cluster), hello{id, term})
	}
	for _, garbage := range [][]byte{
		random,
		[]byte("GET / HTTP/1.1\r\n\r\n"),
		append([]byte{streamRaft}, random...),
		append(greeting(streamRaft, cluster), random...),
		append(greeting(streamRaft, cluster), 2, 0xc0), // a snapshot of nothing
		append(greeting(streamRaft, cluster), 3, 0x80), // an order to stand for election, from nobody
		append(greeting(streamForward, cluster), random...),
		append(greeting(streamAsk, cluster), random...),
		appendQuestion(greeting(streamAsk, cluster), question{kind: 99}),
		appendQuestion(greeting(streamAsk, cluster), question{kind: askAdd}),
		appendQuestion(greeting(streamAsk, cluster), question{kind: askRemove, cluster: 1, member: Member{ID: "n1"}}),
		wrong("stranger", term),
		wrong(leader.cfg.ID, term),
		wrong(rest[0].cfg.ID, term-1),
	} {
		for _, n := range c {
			knock(t, n.cfg.Listen, garbage)
		}
	}
	// This one is let in, for it knows a member's name, and then thrown out; so is the member, who comes again.
	broken := append(wrong(rest[0].cfg.ID, term), 9, 9, 9)
	knock(t, leader.cfg.Listen, broken)
	rest[0].wait(t, "has a leader", func() bool { return rest[0].leader != "" })
	rest[1].propose(t, "after")
	c.same(t, 1)
	if now := leader.log.Status(); now.Term != term || now.Role != "leader" {
		t.Errorf("term %d before, now %+v", term, now)
	}
}

// Who comes with another version is turned away with a line that says so, once.
func TestAnotherVersionIsTold(t *testing.T) {
	c := startCluster(t, 1, nil)
	cluster := c[0].log.cluster
	for what, wrong := range map[string][]byte{
		"version 9": append(greeting(streamForward, cluster), 9, 0, 0, 0, 0, 0, 0, 0, 1, 0),
		"version 7": append(greeting(streamAsk, cluster), 7, 1, 0, 0, 0, 0, 0, 0, 0, 0),
		"another v": {0xA9},
		"TLS":       {handshakeTLS, 3, 1},
	} {
		var said bytes.Buffer
		c[0].kill(t)
		c[0].cfg.Listen, c[0].cfg.Logger = "", slog.New(slog.NewTextHandler(&said, nil))
		c[0].start(t)
		addr := c[0].log.port.listener.Addr().String()
		knock(t, addr, wrong)
		knock(t, addr, wrong)
		c[0].kill(t)
		if got := said.String(); strings.Count(got, "stranger") != 1 || !strings.Contains(got, what) {
			t.Errorf("%s: said %q", what, got)
		}
	}
}

// knock writes to a port and waits until it is turned away.
func knock(t *testing.T, addr string, garbage []byte) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = conn.Write(garbage) // it may be closed before all is written
	_ = conn.(*net.TCPConn).CloseWrite()
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		if late, ok := err.(net.Error); ok && late.Timeout() {
			t.Errorf("%q was not turned away", garbage[:min(len(garbage), 20)])
		}
	}
}

func TestMutualTLS(t *testing.T) {
	config := mutualTLS(t)
	c := startCluster(t, 3, func(c *Config) { c.TLS = config })
	for _, n := range c {
		n.propose(t, "from %s", n.cfg.ID)
	}
	c.same(t, 3)
	_, err := tls.Dial("tcp", c[0].cfg.Listen, &tls.Config{RootCAs: config.RootCAs, ServerName: "127.0.0.1", MaxVersion: tls.VersionTLS12})
	if err == nil {
		t.Error("let in without a certificate")
	}
}

// mutualTLS is for nodes that share a certificate of their own making.
func mutualTLS(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		RootCAs:      pool, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}
}
