package wire

import (
	"github.com/grove-coordination/grove/sdk"
)

// appendWrite appends the record of an operation that a multi may hold, and reports whether op is one: create and
// create2 are path, data, acl, flags; delete and check path, version; setData path, data, version.
func appendWrite(dst []byte, op *sdk.Op) ([]byte, bool) {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2:
		dst = appendBuffer(appendString(dst, op.Path), op.Data)
		return appendInt(appendACL(dst, op.ACL), int32(op.Mode)), true
	case sdk.OpDelete, sdk.OpCheck:
		return appendInt(appendString(dst, op.Path), op.Version), true
	case sdk.OpSetData:
		dst = appendBuffer(appendString(dst, op.Path), op.Data)
		return appendInt(dst, op.Version), true
	}
	return dst, false
}

// write reads what appendWrite appends, into an op whose kind is set. A null path is refused, but setData takes it
// for an empty one, which is an invalid path and no longer a matter of decoding.
func (d *decoder) write(op *sdk.Op) bool {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2:
		op.Path = d.path()
		op.Data = d.buffer()
		op.ACL = d.acl(op.ACL)
		op.Mode = sdk.CreateMode(d.int())
	case sdk.OpDelete, sdk.OpCheck:
		op.Path = d.path()
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
