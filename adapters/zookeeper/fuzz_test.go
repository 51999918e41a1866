package zookeeper_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// heapBound is far above what a node and its connections take here, and far below what one that trusts a length does.
const heapBound = 1 << 30

// FuzzConnection sends anything behind a good handshake to a node as it is, takes what comes, and hangs up. Whatever it
// was, another session goes on, what is its own alone is as it was, and memory stays bounded.
// Which lines run depends on timing, so fuzz it with -fuzzminimizetime 1x: minimizing would take all the time.
func FuzzConnection(f *testing.F) {
	for _, first := range strangers {
		f.Add(first)
	}
	for _, conversation := range recorded(f) {
		f.Add(conversation)
	}
	for _, op := range []sdk.Op{{Kind: sdk.OpGetData, Path: "/a", Watch: true}, {Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL()},
		{Kind: sdk.OpMulti, Ops: []sdk.Op{{Kind: sdk.OpDelete, Path: "/a"}}}, {Kind: sdk.OpSASL, Data: []byte("username=bob")},
		{Kind: sdk.OpReconfig, Members: &sdk.Reshape{Leaving: "n1", Version: -1}}, {Kind: sdk.OpCloseSession}} {
		frame, err := wire.AppendRequest(nil, 1, &op)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Repeat(frame, 3))
	}
	pipes := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	serving(f, core.Config{MinTimeout: 200 * time.Millisecond}, zookeeper.Config{Listener: pipes, Users: bob})
	other := pipes.connect(f, 40_000)
	other.must(sdk.OK, sdk.Op{Kind: sdk.OpAuth, Scheme: "digest", Data: []byte("owner:secret")})
	other.must(sdk.OK, sdk.Op{Kind: sdk.OpCreate, Path: "/mine", Data: []byte("mine"), ACL: []sdk.ACL{{Perms: sdk.PermAll, Identity: sdk.Identity{Scheme: "auth"}}}})
	runs := 0
	f.Fuzz(func(t *testing.T, sent []byte) {
		c := pipes.connect(t, 200)
		go func() {
			c.write(sent)
			c.socket.Close()
		}()
		for ended := false; !ended; {
			_, err := c.frames.Next()
			ended = err != nil
		}
		other.t = t
		if err := other.socket.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if got := other.must(sdk.OK, sdk.Op{Kind: sdk.OpGetData, Path: "/mine"}).Result; string(got.Data) != "mine" || got.Stat.Version != 0 {
			t.Errorf("%q has made %+v of another's node", sent, got)
		}
		if runs++; runs%64 == 0 {
			if got := heap(); got > heapBound {
				t.Errorf("%d MiB in use", got>>20)
			}
		}
	})
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// recorded are the client's frames of each conversation with a real ZooKeeper, without the handshake.
func recorded(t testing.TB) (conversations [][]byte) {
	t.Helper()
	files, err := filepath.Glob("../../sdk/wire/testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded conversations: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for conversation := range strings.SplitSeq(string(text), "\nconversation\n") {
			if frames := clientFrames(conversation); len(frames) > 0 {
				conversations = append(conversations, frames)
			}
		}
	}
	return conversations
}

func clientFrames(conversation string) (frames []byte) {
	greeted := false
	for line := range strings.Lines(conversation) {
		digits, ours := strings.CutPrefix(strings.TrimSpace(line), "> ")
		body, err := hex.DecodeString(digits)
		if !ours || err != nil {
			continue
		}
		if greeted {
			frames = append(binary.BigEndian.AppendUint32(frames, uint32(len(body))), body...)
		}
		greeted = true
	}
	return frames
}

// pipeListener gives out connections made in this process.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

// connect is a client that has shaken hands.
func (l *pipeListener) connect(t testing.TB, timeout int32) *client {
	near, far := net.Pipe()
	l.conns <- far
	c := newClient(t, near)
	c.session = c.shake(&wire.ConnectRequest{TimeoutMillis: timeout})
	return c
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
