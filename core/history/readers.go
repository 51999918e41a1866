package history

import (
	"slices"

	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/sdk"
)

// nobody is the list that lets nobody do anything; super may all the same.
var nobody = []sdk.ACL{{Identity: sdk.Anyone}}

// readers is what a list says of reading, and nothing else.
func readers(acl []sdk.ACL) []sdk.ACL {
	var list []sdk.ACL
	for _, entry := range acl {
		if entry.Perms&sdk.PermRead != 0 {
			list = appendReader(list, entry.Identity)
		}
	}
	return orNobody(list)
}

// both is the readers who are on either list: each identity that the other list lets read as well. Whoever may read by
// one identity on one list and by another one on the other is not among them.
func both(a, b []sdk.ACL) []sdk.ACL {
	var list []sdk.ACL
	add := func(from, other []sdk.ACL) {
		for _, entry := range from {
			if entry.Perms&sdk.PermRead != 0 && tree.Permits(other, []sdk.Identity{entry.Identity}, sdk.PermRead) {
				list = appendReader(list, entry.Identity)
			}
		}
	}
	add(a, b)
	add(b, a)
	return orNobody(list)
}

func appendReader(list []sdk.ACL, who sdk.Identity) []sdk.ACL {
	reader := sdk.ACL{Perms: sdk.PermRead, Identity: who}
	if slices.Contains(list, reader) {
		return list
	}
	return append(list, reader)
}

func orNobody(list []sdk.ACL) []sdk.ACL {
	if len(list) == 0 {
		return nobody
	}
	return list
}
