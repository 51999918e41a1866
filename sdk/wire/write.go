package wire

import (
	"github.com/grove-coordination/grove/sdk"
)

// appendWrite appends the record of an operation that a multi may hold, and reports whether op is one: all that create
// are path, data, acl, flags, and with a TTL the TTL; delete and check path, version; setData path, data, version.
func appendWrite(dst []byte, op *sdk.Op) ([]byte, bool) {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer:
		return appendCreate(dst, op), true
	case sdk.OpCreateTTL:
		return appendLong(appendCreate(dst, op), op.TTL), true
	case sdk.OpDelete, sdk.OpCheck:
		return appendInt(appendString(dst, op.Path), op.Version), true
	case sdk.OpSetData:
		dst = appendBuffer(appendString(dst, op.Path), op.Data)
		return appendInt(dst, op.Version), true
	}
	return dst, false
}

func appendCreate(dst []byte, op *sdk.Op) []byte {
	dst = appendBuffer(appendString(dst, op.Path), op.Data)
	return appendInt(appendACL(dst, op.ACL), int32(op.Mode))
}

// write reads what appendWrite appends, into an op whose kind is set. A null path is refused, but setData takes it
// for an empty one, which is an invalid path and no longer a matter of decoding.
func (d *decoder) write(op *sdk.Op) bool {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer:
		d.create(op)
	case sdk.OpCreateTTL:
		d.create(op)
		op.TTL = d.long()
	case sdk.OpDelete, sdk.OpCheck:
		op.Path = d.notNull()
		op.Version = d.int()
	case sdk.OpSetData:
		op.Path = d.string()
		op.Data = d.buffer()
		op.Version = d.int()
	default:
		return false
	}
	return true
}

func (d *decoder) create(op *sdk.Op) {
	op.Path = d.notNull()
	op.Data = d.buffer()
	op.ACL = d.acl(op.ACL)
	op.Mode = sdk.CreateMode(d.int())
}
