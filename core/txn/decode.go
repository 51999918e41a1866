package txn

import (
	"fmt"

	"github.com/grove-coordination/grove/sdk"
)

// The fewest bytes that one element of a list takes.
const (
	minIdentity = 2
	minGuard    = 2
	minACL      = 3
	minOp       = 3 // of those in a multi
)

// Decode reads one record, which must be all of b. Strings, data and password alias b, which therefore must not change
// for as long as anything of the Txn is held; what is kept for long should be cloned, since it holds all of b. It
// allocates no more than in proportion to len(b). Empty lists come back as nil, data as nil or empty as it was.
// Errors wrap ErrFormat or ErrVersion.
func Decode(b []byte) (Txn, error) {
	r := reader{left: b}
	if v := r.byte(); r.err == nil && v != version {
		return Txn{}, fmt.Errorf("%w: %d", ErrVersion, v)
	}
	t := Txn{Kind: Kind(r.byte()), Origin: r.string()}
	t.read(&r)
	if len(r.left) != 0 {
		r.fail("%d bytes too many", len(r.left))
	}
	if r.err != nil {
		return Txn{}, r.err
	}
	return t, nil
}

func (t *Txn) read(r *reader) {
	switch t.Kind {
	case Open:
		t.Request = r.uvarint()
		t.readLogin(r)
	case Resume:
		t.Request = r.uvarint()
		t.Session = int64(r.uint64())
		t.readLogin(r)
	case Write:
		t.readSession(r)
		t.readWrite(r)
	case Expire:
		t.readSession(r)
	case Sweep:
		t.Op.Path = r.string()
	case Announce:
		t.Clients = r.string()
	case Discard:
		t.Rules = r.varint()
		t.Guards = readList(r, minGuard, readGuard)
		t.Op.Path = r.string()
	default:
		r.fail("kind %d", t.Kind)
	}
}

func (t *Txn) readLogin(r *reader) {
	t.Timeout = r.varint()
	t.Password = r.bytes()
}

func (t *Txn) readSession(r *reader) {
	t.Session = int64(r.uint64())
	t.Epoch = r.uint32()
}

func (t *Txn) readWrite(r *reader) {
	t.Seq = r.uvarint()
	t.Rules = r.varint()
	t.Identities = readList(r, minIdentity, readIdentity)
	t.Guards = readList(r, minGuard, readGuard)
	t.Op = readOp(r)
	if r.err == nil && !Carries(&t.Op) {
		r.fail("op %d has no record", t.Op.Kind)
	}
}

// readList reads a counted list of elements that take at least size bytes each.
func readList[T any](r *reader, size int, read func(*reader) T) []T {
	n := r.count(size)
	if n == 0 {
		return nil
	}
	list := make([]T, 0, n)
	for len(list) < n && r.err == nil {
		list = append(list, read(r))
	}
	return list
}

func readIdentity(r *reader) sdk.Identity {
	return sdk.Identity{Scheme: r.string(), ID: r.string()}
}

func readACL(r *reader) sdk.ACL {
	return sdk.ACL{Perms: sdk.Perm(r.int32()), Identity: readIdentity(r)}
}

func readGuard(r *reader) Guard {
	g := Guard{Kind: GuardKind(r.byte()), Path: r.string()}
	switch g.Kind {
	case GuardNode, GuardChildren:
		g.Zxid = r.varint()
	case GuardAbsent:
	default:
		r.fail("kind of guard %d", g.Kind)
	}
	return g
}

func readOp(r *reader) sdk.Op {
	op := sdk.Op{Kind: sdk.OpKind(r.int32())}
	has := layoutOf(op.Kind)
	if has == 0 {
		r.fail("op %d", op.Kind)
	}
	if has&hasPath != 0 {
		op.Path = r.string()
	}
	if has&hasData != 0 {
		op.Data = r.data()
	}
	if has&hasACL != 0 {
		op.ACL = readList(r, minACL, readACL)
	}
	if has&hasMode != 0 {
		op.Mode = sdk.CreateMode(r.int32())
	}
	if has&hasTTL != 0 {
		op.TTL = r.varint()
	}
	if has&hasVersion != 0 {
		op.Version = r.int32()
	}
	if has&hasOps != 0 {
		op.Ops = readList(r, minOp, readSubOp)
	}
	if has&hasMembers != 0 {
		op.Members = &sdk.Reshape{Joining: r.string(), Leaving: r.string(), Members: r.string(), Version: r.varint()}
	}
	return op
}

// readSubOp reads an op of a multi. The kind is looked at first, so that no depth of multis is ever followed.
func readSubOp(r *reader) sdk.Op {
	ahead := *r
	if kind := sdk.OpKind(ahead.int32()); !kind.InMulti() {
		r.fail("op %d in a multi", kind)
		return sdk.Op{}
	}
	return readOp(r)
}
