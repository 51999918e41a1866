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
	steal               // takes the session up on a new connection while the old one is open
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
	root    string
	paths   []string         // made so far
	version map[string]int32 // of the data, last seen
	secret  map[string]bool  // may have an ACL that keeps some from reading
	habit   sdk.WatchType    // of the session at hand
}

// habits is how each session watches: with one-shot watches, or with one of the kinds that last. It never mixes them:
// see differences.
var habits = []sdk.WatchType{sdk.WatchAny, sdk.WatchAny, sdk.WatchPersistent, sdk.WatchRecursive}

var sessions = len(habits)

func newScript(seed uint64) *script {
	return &script{
		Rand: rand.New(rand.NewPCG(seed, 0)), root: fmt.Sprintf("/oracle%d", seed),
		version: map[string]int32{}, secret: map[string]bool{},
	}
}

// first makes the node that all others lie below.
func (s *script) first() step {
	return step{ops: []sdk.Op{{Kind: sdk.OpCreate, Path: s.root, ACL: sdk.OpenACL()}}}
}

// next makes the next step.
func (s *script) next() step {
	at := step{session: s.IntN(sessions)}
	s.habit = habits[at.session]
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
		at.act, at.ops = hangUp, []sdk.Op{s.setWatches()}
	case x < 963:
		at.act, at.ops = steal, []sdk.Op{s.setWatches()}
	case x < 970:
		at.act, at.ops, at.ends = sayBye, []sdk.Op{{Kind: sdk.OpCloseSession}}, true
	default:
		return s.misspoken(at)
	}
	if at.since = 1; s.habit == sdk.WatchAny { // see differences
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
	case x < 34:
		return s.remove()
	case x < 45:
		return s.set()
	case x < 48:
		return s.setACL()
	case x < 58:
		return s.multi()
	case x < 88:
		return s.read()
	}
	return s.watch()
}

func (s *script) read() sdk.Op {
	op := sdk.Op{Path: s.path(), Kind: oneOf(s,
		sdk.OpExists, sdk.OpExists, sdk.OpGetData, sdk.OpGetData, sdk.OpGetData, sdk.OpGetChildren, sdk.OpGetChildren, sdk.OpGetChildren2,
		sdk.OpGetChildren2, sdk.OpGetACL, sdk.OpSync, sdk.OpMultiRead, sdk.OpGetEphemerals, sdk.OpGetAllChildrenNumber, sdk.OpWhoAmI,
	)}
	switch op.Kind {
	case sdk.OpExists:
		op.Watch = s.chance(60) && s.habit == sdk.WatchAny && !s.secret[op.Path] // see differences
	case sdk.OpGetData, sdk.OpGetChildren, sdk.OpGetChildren2:
		op.Watch = s.chance(50) && s.habit == sdk.WatchAny
	case sdk.OpMultiRead:
		op.Path = ""
		for range s.IntN(5) {
			op.Ops = append(op.Ops, sdk.Op{Kind: oneOf(s, sdk.OpGetData, sdk.OpGetChildren), Path: s.path(), Watch: s.chance(30)})
		}
	case sdk.OpGetEphemerals:
		op.Path = oneOf(s, op.Path, op.Path, "", "/", s.root, "nothing")
	}
	return op
}

// watch is an operation about watches, as the session at hand has them.
func (s *script) watch() sdk.Op {
	if s.habit == sdk.WatchAny {
		return oneOf(s, s.setWatches(), s.ofWatches(s.path(), sdk.WatchType(1+s.IntN(3))))
	}
	add := sdk.Op{Kind: sdk.OpAddWatch, Path: s.path(), Type: s.habit}
	return oneOf(s, s.setWatches(), s.ofWatches(s.path(), sdk.WatchAny), add, add, add, add)
}

func (s *script) ofWatches(path string, what sdk.WatchType) sdk.Op {
	return sdk.Op{Kind: oneOf(s, sdk.OpCheckWatches, sdk.OpRemoveWatches), Path: path, Type: what}
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
	switch {
	case s.chance(7):
		op.Kind, op.Mode = sdk.OpCreateContainer, sdk.CreateMode(oneOf(s, 4, 4, 4, 0, 1, 2))
	case s.chance(7):
		op.Kind, op.Mode = sdk.OpCreateTTL, oneOf(s, sdk.ModeTTL, sdk.ModeTTLSequential)
		op.TTL = oneOf[int64](s, 3_000_000, 1_000_000_000, 1<<40-1, 1<<40, 0, -5)
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
			if op.Ops[i].Kind == sdk.OpCreateContainer {
				op.Ops[i].Mode = sdk.ModeContainer // see differences
			}
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
	op := sdk.Op{Kind: sdk.OpSetWatches2, Watches: new(sdk.Watches)}
	switch s.habit {
	case sdk.WatchPersistent:
		op.Watches.Persistent = list()
	case sdk.WatchRecursive:
		op.Watches.Recursive = list()
	default:
		op.Kind = oneOf(s, sdk.OpSetWatches, sdk.OpSetWatches2)
		op.Watches.Data, op.Watches.Exist, op.Watches.Child = list(), list(), list()
	}
	return op
}

// learn takes in what both servers answered.
func (s *script) learn(h *heard) {
	path := h.op.Path
	switch {
	case h.header.Code == sdk.OK && h.op.Mode.Sequential(), h.header.Code == sdk.OK && len(h.op.ACL) > 0:
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
		for op.Kind == sdk.OpMulti || op.Kind == sdk.OpMultiRead || op.Watches != nil || op.Kind == sdk.OpWhoAmI {
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
