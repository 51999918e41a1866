package zookeeper_test

import (
	"errors"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// ensemble is three nodes on loopback, each with a frontend.
type ensemble struct {
	t         *testing.T
	nodes     [3]*core.Node
	stops     [3]func() // closes node and frontend
	addresses [3]string // of the frontends
}

// newEnsemble starts them, each configured like the others.
func newEnsemble(t *testing.T, cfg core.Config) *ensemble {
	e := &ensemble{t: t}
	var members []replica.Member
	var peers []net.Listener
	for i := range e.nodes {
		peers = append(peers, listen(t))
		members = append(members, replica.Member{ID: "n" + strconv.Itoa(i+1), Addr: peers[i].Addr().String()})
	}
	for i, m := range members {
		cfg.ID, cfg.Members, cfg.PeerListener = m.ID, members, peers[i]
		node, stopNode := open(t, cfg)
		address, stopFrontend := serve(t, node, zookeeper.Config{ReadOnly: cfg.ReadOnly})
		e.nodes[i], e.addresses[i] = node, address
		e.stops[i] = func() {
			stopFrontend()
			stopNode()
		}
	}
	for _, node := range e.nodes {
		awaitServing(t, node)
	}
	return e
}

// leader is the place of the node that leads.
func (e *ensemble) leader() int {
	e.t.Helper()
	for i, node := range e.nodes {
		if status, err := node.Status(e.t.Context()); err == nil && status.Role == sdk.RoleLeader {
			return i
		}
	}
	e.t.Fatal("nobody leads")
	return 0
}

// comeBack takes up a session at a node, which is tried until it serves.
func (e *ensemble) comeBack(i int, of *wire.ConnectResponse) wire.ConnectResponse {
	e.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(2 * patience); time.Now().Before(end); <-tick.C {
		if response, err := e.tryBack(i, of); err == nil {
			return response
		}
	}
	e.t.Fatal("no handshake is answered")
	return wire.ConnectResponse{}
}

func (e *ensemble) tryBack(i int, of *wire.ConnectResponse) (response wire.ConnectResponse, err error) {
	socket, err := net.Dial("tcp", e.addresses[i])
	if err != nil {
		return response, err
	}
	c := newClient(e.t, socket)
	c.write(wire.AppendConnectRequest(nil, &wire.ConnectRequest{TimeoutMillis: of.TimeoutMillis, SessionID: of.SessionID, Password: of.Password[:]}))
	frame, err := c.frames.Next()
	if err != nil {
		return response, errors.Join(err, socket.Close())
	}
	return response, wire.DecodeConnectResponse(frame, &response)
}
