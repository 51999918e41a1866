package abi

import (
	"encoding/binary"

	"github.com/grove-coordination/grove/sdk"
)

const (
	flagMulti = 1
	flagTree  = 2
)

// none is the length of bytes that are not there.
const none = 1<<32 - 1

// The least size of each record; what a list announces is held against it.
const (
	minIdentity = 12
	minACL      = 16
	minOp       = 32
)

// RequestSize is the number of bytes that AppendRequest appends.
func RequestSize(write *sdk.Write) int {
	size := 36
	for i := range write.Identities {
		size += identitySize(&write.Identities[i])
	}
	for i := range write.Ops {
		size += opSize(&write.Ops[i])
	}
	return size
}

func identitySize(identity *sdk.Identity) int {
	return minIdentity + len(identity.Scheme) + len(identity.ID)
}

func aclSize(acl *sdk.ACL) int { return identitySize(&acl.Identity) + minACL - minIdentity }

func opSize(op *sdk.WriteOp) int {
	size := minOp + len(op.Path) + len(op.Data)
	for i := range op.ACL {
		size += aclSize(&op.ACL[i])
	}
	if op.Old != nil {
		size += NodeSize(op.Old) - 4 // in the place of a zero
	}
	return size
}

// AppendRequest appends the write as a request. It must be smaller than 4 GiB.
func AppendRequest(dst []byte, write *sdk.Write) []byte {
	flags := uint32(0)
	if write.Multi {
		flags |= flagMulti
	}
	if write.Tree != nil {
		flags |= flagTree
	}
	dst = appendU32(dst, uint32(RequestSize(write)))
	dst = appendU32(dst, Version)
	dst = appendU32(dst, flags)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(write.Time))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(write.Session))
	dst = appendU32(dst, uint32(len(write.Identities)))
	for i := range write.Identities {
		identity := &write.Identities[i]
		dst = appendU32(dst, uint32(identitySize(identity)))
		dst = appendIdentity(dst, identity)
	}
	dst = appendU32(dst, uint32(len(write.Ops)))
	for i := range write.Ops {
		dst = appendOp(dst, &write.Ops[i])
	}
	return dst
}

func appendOp(dst []byte, op *sdk.WriteOp) []byte {
	dst = appendU32(dst, uint32(opSize(op)))
	dst = appendU32(dst, uint32(op.Kind))
	dst = appendU32(dst, uint32(op.Mode))
	dst = appendU32(dst, uint32(op.Version))
	dst = appendString(dst, op.Path)
	dst = appendData(dst, op.Data)
	dst = appendU32(dst, uint32(len(op.ACL)))
	for i := range op.ACL {
		acl := &op.ACL[i]
		dst = appendU32(dst, uint32(aclSize(acl)))
		dst = appendU32(dst, uint32(acl.Perms))
		dst = appendIdentity(dst, &acl.Identity)
	}
	if op.Old == nil {
		return appendU32(dst, 0)
	}
	return AppendNode(dst, op.Old)
}

func appendIdentity(dst []byte, identity *sdk.Identity) []byte {
	return appendString(appendString(dst, identity.Scheme), identity.ID)
}

func appendString(dst []byte, s string) []byte {
	return append(appendU32(dst, uint32(len(s))), s...)
}

func appendU32(dst []byte, value uint32) []byte { return binary.LittleEndian.AppendUint32(dst, value) }
