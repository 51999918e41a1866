package wire

import (
	"github.com/grove-coordination/grove/sdk"
)

// aclSize is the shortest entry: perms and two empty strings.
const aclSize = 12

func appendACL(dst []byte, list []sdk.ACL) []byte {
	dst = appendInt(dst, int32(len(list)))
	for i := range list {
		dst = appendInt(dst, int32(list[i].Perms))
		dst = appendString(dst, list[i].Scheme)
		dst = appendString(dst, list[i].ID)
	}
	return dst
}

// acl reads a list into the room of into. ZooKeeper stumbles over a null id where the scheme looks at it, and answers as
// if the list could not be decoded; a null scheme is one that nobody knows, which is for others to refuse.
func (d *decoder) acl(into []sdk.ACL) []sdk.ACL {
	for range d.count(aclSize) {
		var entry sdk.ACL
		entry.Perms = sdk.Perm(d.int())
		entry.Scheme = d.string()
		if looksAtID(entry.Scheme) {
			entry.ID = d.notNull()
		} else {
			entry.ID = d.string()
		}
		into = append(into, entry)
	}
	return into
}

func looksAtID(scheme string) bool { return scheme == "world" || scheme == "digest" || scheme == "ip" }

// appendSetACL is path, acl, version.
func appendSetACL(dst []byte, op *sdk.Op) []byte {
	return appendInt(appendACL(appendString(dst, op.Path), op.ACL), op.Version)
}

func (d *decoder) setACL(op *sdk.Op) {
	op.Path = d.string()
	op.ACL = d.acl(op.ACL)
	op.Version = d.int()
}
