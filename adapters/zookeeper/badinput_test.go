package zookeeper_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// strangers are first bytes of connections that get no answer.
var strangers = map[string][]byte{
	"a frame over the limit":     {0x00, 0x10, 0x00, 0x00},
	"a negative length":          {0xff, 0xff, 0xff, 0xff},
	"the least length":           {0x80, 0x00, 0x00, 0x00},
	"four letters but no word":   []byte("abcd"),
	"telnet's interrupt":         {0xff, 0xf4, 0xff, 0xfd},
	"HTTP":                       []byte("GET / HTTP/1.1\r\n\r\n"),
	"a TLS hello":                {0x16, 0x03, 0x01, 0x02, 0x00, 0x01},
	"an empty frame":             {0, 0, 0, 0},
	"a handshake cut short":      {0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0},
	"a password of 2 GB":         append([]byte{0, 0, 0, 28}, append(make([]byte, 24), 0x7f, 0xff, 0xff, 0xff)...),
	"a password of length -2":    append([]byte{0, 0, 0, 28}, append(make([]byte, 24), 0xff, 0xff, 0xff, 0xfe)...),
	"noise":                      noise(4096),
	"noise in a frame of 64 KiB": append([]byte{0, 1, 0, 0, 0xff}, noise(0xffff)...),
}

// noise has its first bit set, and is the same in every run.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(b)
	b[0] |= 0x80
	return b
}

// TestStrangers: whatever a connection begins with, nobody else notices.
func TestStrangers(t *testing.T) {
	address, _ := start(t, newFakeHost(), zookeeper.Config{})
	bystander := connected(t, address)
	for what, first := range strangers {
		t.Run(what, func(t *testing.T) {
			c := dial(t, address)
			c.write(first)
			if tcp := c.socket.(*net.TCPConn); what == "noise in a frame of 64 KiB" {
				_ = tcp.CloseWrite()
			}
			if frame, err := c.frames.Next(); err == nil {
				// Noise can be a handshake with a session nobody knows.
				var r wire.ConnectResponse
				if wire.DecodeConnectResponse(frame, &r) != nil || r.SessionID != 0 {
					t.Errorf("answered with %x", frame)
				}
				return
			} else {
				c.isEnd(err)
			}
		})
		bystander.ask(wire.XidPing, sdk.Op{Kind: sdk.OpPing})
		bystander.expectAnswer(wire.XidPing, sdk.OK)
	}
}

// TestBadFrames: what a client with a session sends ends its own connection and no other.
func TestBadFrames(t *testing.T) {
	host := newFakeHost()
	address, _ := start(t, host, zookeeper.Config{FrameLimit: 1 << 10})
	bystander := connected(t, address)
	for what, bad := range map[string][]byte{
		"over twice the limit": {0, 0, 8, 1},
		"negative":             {0xff, 0xff, 0xff, 0xfe},
		"no header":            {0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0},
		"empty":                {0, 0, 0, 0},
	} {
		t.Run(what, func(t *testing.T) {
			c := connected(t, address)
			c.ask(1, sdk.Op{Kind: sdk.OpExists, Path: "/none"})
			c.expectAnswer(1, sdk.CodeNoNode)
			c.write(bad)
			c.expectClosed()
		})
		bystander.ask(1, sdk.Op{Kind: sdk.OpPing})
		bystander.expectAnswer(wire.XidPing, sdk.OK)
	}
}

// TestOversized: a request somewhat over the limit is answered, and nothing of it is done; or it ends the connection,
// as with ZooKeeper.
func TestOversized(t *testing.T) {
	for _, cut := range []bool{false, true} {
		t.Run(fmt.Sprintf("cut=%t", cut), func(t *testing.T) {
			address, _ := start(t, newFakeHost(), zookeeper.Config{FrameLimit: 1 << 10, CutOversized: cut})
			c := connected(t, address)
			c.ask(1, sdk.Op{Kind: sdk.OpCreate, Path: "/a", Data: make([]byte, 1<<10)})
			if cut {
				c.expectClosed()
				return
			}
			c.expectAnswer(1, sdk.CodeBadArguments)
			c.ask(2, sdk.Op{Kind: sdk.OpExists, Path: "/a"})
			c.expectAnswer(2, sdk.CodeNoNode)
			c.ask(3, sdk.Op{Kind: sdk.OpCreate, Path: "/a", Data: make([]byte, 2<<10)})
			c.expectClosed()
		})
	}
}

// TestFrameOfTheLimit: the limit itself is allowed.
func TestFrameOfTheLimit(t *testing.T) {
	address, _ := start(t, newFakeHost(), zookeeper.Config{})
	c := connected(t, address)
	frame, err := wire.AppendRequest(nil, 1, &sdk.Op{Kind: sdk.OpCreate, Path: "/a", Data: make([]byte, wire.DefaultFrameLimit-26)})
	if err != nil || len(frame) != 4+wire.DefaultFrameLimit {
		t.Fatalf("%d bytes, %v", len(frame), err)
	}
	c.write(frame)
	c.expectAnswer(1, sdk.OK)
	c.ask(2, sdk.Op{Kind: sdk.OpGetData, Path: "/a"})
	c.expectAnswer(2, sdk.OK)
}

// TestHalfAHandshake: a client that goes away in the middle, and one that stays and says nothing more.
func TestHalfAHandshake(t *testing.T) {
	host := newFakeHost()
	address, stop := start(t, host, zookeeper.Config{HandshakeTimeout: 50 * time.Millisecond})
	whole := wire.AppendConnectRequest(nil, &wire.ConnectRequest{})
	for n := range whole {
		c := dial(t, address)
		c.write(whole[:n])
		c.socket.Close()
	}
	c := dial(t, address)
	c.write(whole[:20])
	c.expectClosed()
	stop()
	if len(host.opened) != 0 {
		t.Errorf("%d sessions opened", len(host.opened))
	}
}

// TestLastRequestIsTheLast: requests behind one that closes the connection have no effect.
func TestLastRequestIsTheLast(t *testing.T) {
	host := newFakeHost()
	address, stop := start(t, host, zookeeper.Config{})
	c := connected(t, address)
	frames := []byte{0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 99}
	frames, err := wire.AppendRequest(frames, 2, &sdk.Op{Kind: sdk.OpCreate, Path: "/b"})
	if err != nil {
		t.Fatal(err)
	}
	c.write(frames)
	c.expectAnswer(1, sdk.CodeUnimplemented)
	c.expectClosed()
	stop()
	if _, ok := host.nodes["/b"]; ok {
		t.Error("the request behind was carried out")
	}
}
