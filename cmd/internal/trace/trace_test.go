package trace

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// TestConversations prints what testdata says: ">" and "<" with a frame's body in hex, ">raw" and "<raw" with bytes as
// they are (quoted), "end client", "end server". Whatever the pieces are in which it all comes, the lines are the same.
func TestConversations(t *testing.T) {
	datadriven.RunTest(t, "testdata/conversations.txt", func(t *testing.T, d *datadriven.TestData) string {
		var data int
		d.ScanArgs(t, "data", &data)
		json := d.HasArg("json")
		want := printed(t, d.Input, data, json, 1<<20)
		for _, size := range []int{1, 3, 7, 64} {
			if got := printed(t, d.Input, data, json, size); got != want {
				t.Errorf("in pieces of %d:\n%s", size, got)
			}
		}
		return want
	})
}

// printed is what a conversation prints when it comes in pieces of that size. A millisecond goes by between the lines.
func printed(t *testing.T, script string, data int, json bool, size int) string {
	t.Helper()
	var out bytes.Buffer
	var now time.Duration
	s := &scribe{out: &out, json: json, since: func() time.Duration { now += time.Millisecond; return now },
		failed: func(err error) { t.Error(err) }}
	c := newConversation(s, 1, data)
	for line := range strings.Lines(script) {
		who, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		if who == "end" {
			c.ended(what, nil)
			continue
		}
		heard := c.heardClient
		if who[0] == '<' {
			heard = c.heardServer
		}
		for stream := said(t, who, what); len(stream) > 0; {
			n := min(size, len(stream))
			heard(stream[:n])
			stream = stream[n:]
		}
	}
	return out.String()
}

// said is the bytes of one line of a script.
func said(t *testing.T, who, what string) []byte {
	t.Helper()
	if strings.HasSuffix(who, "raw") {
		return []byte(strings.ReplaceAll(what, `\n`, "\n"))
	}
	body, err := hex.DecodeString(strings.ReplaceAll(what, " ", ""))
	if err != nil {
		t.Fatalf("%s %s: %v", who, what, err)
	}
	return append([]byte{0, 0, byte(len(body) >> 8), byte(len(body))}, body...)
}

// TestHugeFramesCostNothing: of what is longer than the limit only the header is kept, and what follows is read again.
func TestHugeFramesCostNothing(t *testing.T) {
	var c cutter
	const length = frameLimit + 1
	header := []byte{length >> 24, length >> 16 & 0xff, length >> 8 & 0xff, length & 0xff}
	var parts, bodies int
	whole := func(b []byte) { bodies++ }
	part := func(b []byte, n int) {
		if parts++; n != length || len(b) != beginning {
			t.Errorf("%d of %d bytes kept", len(b), n)
		}
	}
	c.cut(header, whole, part)
	piece := make([]byte, 1<<16)
	for left := length; left > 0; left -= len(piece) {
		c.cut(piece[:min(left, len(piece))], whole, part)
		if cap(c.have) > 1<<10 {
			t.Fatalf("%d bytes kept", cap(c.have))
		}
	}
	c.cut([]byte{0, 0, 0, 1, 'x', 0, 0, 0, 0}, whole, part)
	if parts != 1 || bodies != 2 {
		t.Errorf("%d parts, %d whole frames, want 1 and 2", parts, bodies)
	}
}

func FuzzCut(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 'a', 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1}, 3)
	f.Add([]byte{0, 1}, 1)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		size = max(1, size%64)
		var c cutter
		var again []byte
		for rest := stream; len(rest) > 0; {
			n := min(size, len(rest))
			c.cut(rest[:n], func(body []byte) {
				again = append(append(again, byte(len(body)>>24), byte(len(body)>>16), byte(len(body)>>8), byte(len(body))), body...)
			}, func([]byte, int) { t.Fatal("a part of what is short") })
			rest = rest[n:]
		}
		if !bytes.HasPrefix(stream, again) {
			t.Errorf("%x cut to %x", stream, again)
		}
		if left := len(stream) - len(again); !c.broken && left != len(c.have) {
			t.Errorf("%d bytes left, %d kept", left, len(c.have))
		}
	})
}

// TestProxy: what a client and a server say through it arrives as it was said, and is printed.
func TestProxy(t *testing.T) {
	server := listen(t)
	go echo(server)
	out := &lockedBuffer{}
	address, done := proxied(t, Config{To: server.Addr().String(), Out: out})
	client, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	hello := wire.AppendConnectRequest(nil, &wire.ConnectRequest{Password: []byte("secret")})
	ask, err := wire.AppendRequest(nil, 1, &sdk.Op{Kind: sdk.OpGetData, Path: "/a"})
	if err != nil {
		t.Fatal(err)
	}
	sent := append(hello, ask...)
	if _, err := client.Write(sent); err != nil {
		t.Fatal(err)
	}
	client.(*net.TCPConn).CloseWrite()
	if got, err := io.ReadAll(client); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%x came back of %x, %v", got, sent, err)
	}
	client.Close()
	if err := done(); err != nil {
		t.Error(err)
	}
	text := out.String()
	for _, want := range []string{"#1 open from 127.0.0.1:", "#1 > connect ", "#1 > getData xid=1 /a watch=false", "#1 client closed", "#1 server closed"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, hex.EncodeToString([]byte("secret"))) {
		t.Errorf("a password is shown:\n%s", text)
	}
}

func TestProxyWithoutServer(t *testing.T) {
	server := listen(t)
	server.Close()
	out := &lockedBuffer{}
	address, done := proxied(t, Config{To: server.Addr().String(), Out: out})
	client, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := client.Read(make([]byte, 1)); n != 0 {
		t.Error("somebody answers")
	}
	if err := done(); err != nil || !strings.Contains(out.String(), "#1 no server: ") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

var errFull = errors.New("disk is full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// TestProxyEndsWithItsOutput: nobody looks on any more.
func TestProxyEndsWithItsOutput(t *testing.T) {
	server := listen(t)
	go echo(server)
	ln := listen(t)
	done := make(chan error, 1)
	go func() { done <- Run(t.Context(), Config{Listener: ln, To: server.Addr().String(), Out: full{}}) }()
	client, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := <-done; !errors.Is(err, errFull) {
		t.Errorf("ended with %v", err)
	}
}
