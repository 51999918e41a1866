package wire

import (
	"github.com/grove-coordination/grove/sdk"
)

// appendReconfig is joiningServers, leavingServers, newMembers, each null when it asks for nothing, and the version that
// the change rests on; nil asks for nothing.
func appendReconfig(dst []byte, r *sdk.Reshape) []byte {
	if r == nil {
		r = &sdk.Reshape{}
	}
	dst = appendNullable(dst, r.Joining)
	dst = appendNullable(dst, r.Leaving)
	dst = appendNullable(dst, r.Members)
	return appendLong(dst, r.Version)
}

func (d *decoder) reconfig() *sdk.Reshape {
	return &sdk.Reshape{
		Joining: d.string(),
		Leaving: d.string(),
		Members: d.string(),
		Version: d.long(),
	}
}

// appendNullable writes an empty string as null.
func appendNullable(dst []byte, s string) []byte {
	if s == "" {
		return appendInt(dst, null)
	}
	return appendString(dst, s)
}
