//go:build oracle

package oracle

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// act is what one step does besides asking.
type act uint8

const (
	talk     act = iota // nothing
	hangUp              // drops the connection and takes the session up on a new one before it asks
	sayBye              // ends the session and opens another
	misspeak            // sends raw bytes
)

// step is what happens on one session before everything is compared.
type step struct {
	act     act
	session int
	ops     []sdk.Op
	raw     []byte // frames of misspeak; ops then has what is answered
	ends    bool   // the server closes the connection
	since   int    // of setWatches: 0 for all, 1 for nothing, else what was seen at that many writes back
}

// script makes steps. All its choices come from its seed and from what the servers answered alike.
type script struct {
	*rand.Rand
	root     string
	sessions int
	paths    []string         // made so far
	version  map[string]int32 // of the data, last seen
	secret   map[string]bool  // may have an ACL that keeps some from reading
}

func newScript(seed uint64, sessions int) *script {
	return &script{
		Rand: rand.New(rand.NewPCG(seed, 0)), root: fmt.Sprintf("/oracle%d", seed), sessions: sessions,
		version: map[string]int32{}, secret: map[string]bool{},
	}
}

// first makes the node that all others lie below.
func (s *script) first() step {
	return step{ops: []sdk.Op{{Kind: sdk.OpCreate, Path: s.root, ACL: sdk.OpenACL()}}}
}

// next makes the next step.
func (s *script) next() step {
	at := step{session: s.IntN(s.sessions)}
	switch x := s.IntN(1000); {
	case x < 820:
		at.ops = []sdk.Op{s.op()}
	case x < 900:
		at.ops = s.pipeline()
	case x < 925:
		at.ops = []sdk.Op{s.auth()}
	case x < 945:
		at.ops, at.ends = []sdk.Op{s.badAuth()}, true
	case x < 960:
		at.act, at.ops, at.since = hangUp, []sdk.Op{s.setWatches()}, s.IntN(20)
	case x < 970:
		at.act, at.ops, at.ends = sayBye, []sdk.Op{{Kind: sdk.OpCloseSession}}, true
	default:
		return s.misspoken(at)
	}
	if len(at.ops) == 1 && at.ops[0].Kind == sdk.OpSetWatches {
		at.since = s.IntN(20)
	}
	return at
}

// pipeline is some requests in one go. A change of an ACL is not among them: see differences.
func (s *script) pipeline() []sdk.Op {
	ops := make([]sdk.Op, 2+s.IntN(8))
	for i := range ops {
		for ops[i] = s.op(); ops[i].Kind == sdk.OpSetACL; {
			ops[i] = s.op()
		}
	}
	return ops
}

// op is any operation that is answered and does not end the connection.
func (s *script) op() sdk.Op {
	switch x := s.IntN(100); {
	case x < 24:
		return s.create()
	case x < 35:
		return s.remove()
	case x < 47:
		return s.set()
	case x < 55:
		op := sdk.Op{Kind: sdk.OpExists, Path: s.path(), Watch: s.chance(60)}
		op.Watch = op.Watch && !s.secret[op.Path] // see differences
		return op
	case x < 64:
		return sdk.Op{Kind: sdk.OpGetData, Path: s.path(), Watch: s.chance(50)}
	case x < 70:
		return sdk.Op{Kind: sdk.OpGetChildren, Path: s.path(), Watch: s.chance(50)}
	case x < 76:
		return sdk.Op{Kind: sdk.OpGetChildren2, Path: s.path(), Watch: s.chance(50)}
	case x < 79:
		return sdk.Op{Kind: sdk.OpGetACL, Path: s.path()}
	case x < 83:
		return s.setACL()
	case x < 86:
		return sdk.Op{Kind: sdk.OpSync, Path: s.path()}
	case x < 97:
		return s.multi()
	}
	return s.setWatches()
}

func (s *script) create() sdk.Op {
	op := sdk.Op{Kind: oneOf(s, sdk.OpCreate, sdk.OpCreate, sdk.OpCreate2), Path: s.fresh(), Data: s.data()}
	op.Mode = oneOf[sdk.CreateMode](s, 0, 0, 0, 0, 1, 1, 2, 2, 3)
	switch {
	case s.chance(12):
		op.Path = s.existing()
	case s.chance(4):
		op.Path = s.badPath()
	case op.Mode.Sequential() && s.chance(30):
		op.Path = s.existing() + "/"
	case s.chance(2):
		op.Mode = oneOf[sdk.CreateMode](s, 7, 8, -1, 100)
	}
	op.ACL = sdk.OpenACL()
	if !op.Mode.Sequential() { // whose name, and so whose secret, is not known
		op.ACL = s.acl(op.Path)
	}
	return op
}

func (s *script) remove() sdk.Op {
	path := s.belowRoot()
	return sdk.Op{Kind: sdk.OpDelete, Path: path, Version: s.expected(path)}
}

func (s *script) setACL() sdk.Op {
	path := s.belowRoot()
	return sdk.Op{Kind: sdk.OpSetACL, Path: path, ACL: s.acl(path), Version: s.expected("")}
}

func (s *script) set() sdk.Op {
	path := s.path()
	return sdk.Op{Kind: sdk.OpSetData, Path: path, Data: s.data(), Version: s.expected(path)}
}

func (s *script) multi() sdk.Op {
	op := sdk.Op{Kind: sdk.OpMulti, Ops: make([]sdk.Op, oneOf(s, 0, 1, 1, 2, 2, 2, 3, 4, 5))}
	for i := range op.Ops {
		switch s.IntN(10) {
		case 0, 1, 2, 3:
			op.Ops[i] = s.create()
		case 4, 5:
			op.Ops[i] = s.remove()
		case 6, 7, 8:
			op.Ops[i] = s.set()
		default:
			path := s.path()
			op.Ops[i] = sdk.Op{Kind: sdk.OpCheck, Path: path, Version: s.expected(path)}
		}
	}
	return op
}

func (s *script) setWatches() sdk.Op {
	list := func() (paths []string) {
		for range s.IntN(4) {
			paths = append(paths, s.path())
		}
		return paths
	}
	return sdk.Op{Kind: sdk.OpSetWatches, Watches: &sdk.Watches{Data: list(), Exist: list(), Child: list()}}
}

// learn takes in what both servers answered.
func (s *script) learn(h *heard) {
	path := h.op.Path
	switch {
	case h.header.Code == sdk.OK && (h.op.Kind == sdk.OpCreate || h.op.Kind == sdk.OpCreate2):
		s.made(h.reply.Result.Path)
	case h.header.Code == sdk.OK && (h.op.Kind == sdk.OpSetData || h.op.Kind == sdk.OpGetData || h.op.Kind == sdk.OpExists):
		s.version[path] = h.reply.Result.Stat.Version
	case h.op.Kind == sdk.OpMulti && h.header.Code == sdk.OK:
		for _, r := range h.reply.Result.Multi {
			s.made(r.Path)
		}
	}
}

func (s *script) made(path string) {
	if strings.HasPrefix(path, s.root+"/") {
		s.paths = append(s.paths, path)
		s.version[path] = 0
	}
}

// misspoken is a step with bytes that are no good request, or none at all.
func (s *script) misspoken(at step) step {
	at.act = misspeak
	switch s.IntN(3) {
	case 0: // a frame that cannot be
		at.ends = true
		at.raw = oneOf(s, []byte{0xff, 0xff, 0xff, 0xff}, []byte{0x7f, 0xff, 0xff, 0xff}, []byte{0, 0x10, 0, 0}, []byte{0, 0, 0, 0}, []byte{0, 0, 0, 4, 0, 0, 0, 9})
	case 1: // a request that nobody knows
		at.ends = true
		at.ops = []sdk.Op{{Kind: oneOf[sdk.OpKind](s, 10, 23, 99, 108, 200, 1<<31-1)}}
		at.raw = binary.BigEndian.AppendUint32([]byte{0, 0, 0, 12, 0, 0, 0, 0}, uint32(at.ops[0].Kind))
		at.raw = append(at.raw, 0, 0, 0, 1)
	default: // one that is too short, or goes on
		op := s.op()
		for op.Kind == sdk.OpMulti || op.Kind == sdk.OpSetWatches {
			op = s.op()
		}
		at.ops, at.raw = []sdk.Op{op}, s.broken(&op)
	}
	return at
}

func (s *script) broken(op *sdk.Op) []byte {
	frame, err := wire.AppendRequest(nil, 0, op)
	if err != nil {
		panic(err)
	}
	if body := len(frame) - 12; s.chance(60) {
		frame = frame[:12+s.IntN(body)]
	} else {
		frame = append(frame, "garbage"...)
	}
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	return frame
}
