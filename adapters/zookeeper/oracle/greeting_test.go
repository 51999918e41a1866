//go:build oracle

package oracle

import (
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"testing"

	"github.com/grove-coordination/grove/sdk/wire"
)

// greetings are first frames of clients, good and bad.
func greetings() map[string][]byte {
	with := func(change func(*wire.ConnectRequest)) []byte {
		r := wire.ConnectRequest{TimeoutMillis: 10000, Password: make([]byte, 16)}
		change(&r)
		return wire.AppendConnectRequest(nil, &r)
	}
	whole := with(func(*wire.ConnectRequest) {})
	longer := append(with(func(*wire.ConnectRequest) {}), "more"...)
	binary.BigEndian.PutUint32(longer, uint32(len(longer)-4))
	cut := append([]byte{0, 0, 0, 20}, whole[4:24]...)
	return map[string][]byte{
		"45 bytes":               whole,
		"44 bytes":               with(func(r *wire.ConnectRequest) { r.Short = true }),
		"a null password":        with(func(r *wire.ConnectRequest) { r.Password = nil }),
		"a null password, short": with(func(r *wire.ConnectRequest) { r.Password, r.Short = nil, true }),
		"an empty password":      with(func(r *wire.ConnectRequest) { r.Password = []byte{} }),
		"a long password":        with(func(r *wire.ConnectRequest) { r.Password = make([]byte, 100) }),
		"content with reading":   with(func(r *wire.ConnectRequest) { r.ReadOnly = true }),
		"more behind it":         longer,
		"another version":        with(func(r *wire.ConnectRequest) { r.ProtocolVersion = 5 }),
		"a negative version":     with(func(r *wire.ConnectRequest) { r.ProtocolVersion = -1 }),
		"no time-out":            with(func(r *wire.ConnectRequest) { r.TimeoutMillis = 0 }),
		"a negative time-out":    with(func(r *wire.ConnectRequest) { r.TimeoutMillis = -5 }),
		"the longest time-out":   with(func(r *wire.ConnectRequest) { r.TimeoutMillis = math.MaxInt32 }),
		"a negative zxid":        with(func(r *wire.ConnectRequest) { r.LastZxidSeen = -1 }),
		"a zxid to come":         with(func(r *wire.ConnectRequest) { r.LastZxidSeen = 1 << 62 }),
		"an unknown session":     with(func(r *wire.ConnectRequest) { r.SessionID = 77 }),
		"a negative session":     with(func(r *wire.ConnectRequest) { r.SessionID = -1 }),
		"an unknown one, short":  with(func(r *wire.ConnectRequest) { r.SessionID, r.Short = 77, true }),
		"cut short":              cut,
		"nothing":                {0, 0, 0, 0},
	}
}

// TestGreetings: both let in whom the other does, in the same form.
func TestGreetings(t *testing.T) {
	original, ours := startZooKeeper(t), startGrove(t)
	for what, first := range greetings() {
		t.Run(what, func(t *testing.T) {
			if one, other := greet(t, original, first), greet(t, ours, first); one != other {
				t.Errorf("ZooKeeper: %s, Grove: %s", one, other)
			}
		})
	}
}

// greet sends a first frame and puts the answer in words, without what is random in it.
func greet(t *testing.T, addr string, first []byte) string {
	t.Helper()
	socket, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	l := &line{socket: socket, frames: wire.NewReader(socket, 1<<10)}
	if err := l.send(first); err != nil {
		t.Fatal(err)
	}
	frame, err := l.frames.Next()
	if err != nil {
		return ending(err)
	}
	var r wire.ConnectResponse
	if err := wire.DecodeConnectResponse(frame, &r); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d bytes, version %d, %d ms, session %t, password %t, read-only %t", len(frame), r.ProtocolVersion, r.TimeoutMillis,
		r.SessionID != 0, r.Password != [16]byte{}, r.ReadOnly)
}
