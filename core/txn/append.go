package txn

import (
	"encoding/binary"
	"fmt"

	"github.com/grove-coordination/grove/sdk"
)

const version = 1 // the first byte of every record

// Append appends the record of t to dst and returns the longer slice; it does not allocate when dst has room. It keeps
// nothing of t. It panics on a kind that does not exist and on an op that Carries denies: such a record would stop every
// node that reads it.
func Append(dst []byte, t *Txn) []byte {
	dst = append(dst, version, byte(t.Kind))
	dst = appendString(dst, t.Origin)
	switch t.Kind {
	case Open:
		dst = binary.AppendUvarint(dst, t.Request)
		return appendLogin(dst, t)
	case Resume:
		dst = binary.AppendUvarint(dst, t.Request)
		dst = binary.BigEndian.AppendUint64(dst, uint64(t.Session))
		return appendLogin(dst, t)
	case Write:
		return appendWrite(appendSession(dst, t), t)
	case Expire:
		return appendSession(dst, t)
	case Sweep:
		return appendString(dst, t.Op.Path)
	case Announce:
		return appendString(dst, t.Clients)
	case Discard:
		dst = binary.AppendVarint(dst, t.Rules)
		return appendString(appendGuards(dst, t.Guards), t.Op.Path)
	}
	panic(fmt.Sprintf("txn: append: unknown kind %d", t.Kind))
}

func appendLogin(dst []byte, t *Txn) []byte {
	dst = binary.AppendVarint(dst, t.Timeout)
	return appendString(dst, t.Password)
}

func appendSession(dst []byte, t *Txn) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(t.Session))
	return binary.AppendUvarint(dst, uint64(t.Epoch))
}

func appendWrite(dst []byte, t *Txn) []byte {
	if !Carries(&t.Op) {
		panic(fmt.Sprintf("txn: append: op %d %v has no record", t.Op.Kind, t.Op.Kind))
	}
	dst = binary.AppendUvarint(dst, t.Seq)
	dst = binary.AppendVarint(dst, t.Rules)
	dst = binary.AppendUvarint(dst, uint64(len(t.Identities)))
	for i := range t.Identities {
		dst = appendIdentity(dst, &t.Identities[i])
	}
	return appendOp(appendGuards(dst, t.Guards), &t.Op)
}

func appendGuards(dst []byte, guards []Guard) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(guards)))
	for i := range guards {
		dst = appendGuard(dst, &guards[i])
	}
	return dst
}

func appendIdentity(dst []byte, id *sdk.Identity) []byte {
	return appendString(appendString(dst, id.Scheme), id.ID)
}

func appendGuard(dst []byte, g *Guard) []byte {
	dst = appendString(append(dst, byte(g.Kind)), g.Path)
	switch g.Kind {
	case GuardNode, GuardChildren:
		return binary.AppendVarint(dst, g.Zxid)
	case GuardAbsent:
		return dst
	}
	panic(fmt.Sprintf("txn: append: unknown kind of guard %d", g.Kind))
}

func appendOp(dst []byte, op *sdk.Op) []byte {
	dst = binary.AppendVarint(dst, int64(op.Kind))
	has := layoutOf(op.Kind)
	if has&hasPath != 0 {
		dst = appendString(dst, op.Path)
	}
	if has&hasData != 0 {
		dst = appendData(dst, op.Data)
	}
	if has&hasACL != 0 {
		dst = appendACL(dst, op.ACL)
	}
	if has&hasMode != 0 {
		dst = binary.AppendVarint(dst, int64(op.Mode))
	}
	if has&hasTTL != 0 {
		dst = binary.AppendVarint(dst, op.TTL)
	}
	if has&hasVersion != 0 {
		dst = binary.AppendVarint(dst, int64(op.Version))
	}
	if has&hasOps != 0 {
		dst = appendOps(dst, op.Ops)
	}
	if has&hasMembers != 0 {
		dst = appendReshape(dst, op.Members)
	}
	return dst
}

func appendReshape(dst []byte, change *sdk.Reshape) []byte {
	dst = appendString(dst, change.Joining)
	dst = appendString(dst, change.Leaving)
	dst = appendString(dst, change.Members)
	return binary.AppendVarint(dst, change.Version)
}

func appendOps(dst []byte, ops []sdk.Op) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(ops)))
	for i := range ops {
		dst = appendOp(dst, &ops[i])
	}
	return dst
}

func appendACL(dst []byte, acl []sdk.ACL) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(acl)))
	for i := range acl {
		dst = binary.AppendVarint(dst, int64(acl[i].Perms))
		dst = appendIdentity(dst, &acl[i].Identity)
	}
	return dst
}

func appendData(dst, data []byte) []byte {
	if data == nil {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(data))+1)
	return append(dst, data...)
}

func appendString[T string | []byte](dst []byte, s T) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}
