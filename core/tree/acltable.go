package tree

import (
	"encoding/binary"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// aclList is one list, shared by all nodes that have it.
type aclList struct {
	entries []sdk.ACL // never changed
	key     string    // the entries as text, equal for equal lists
	uses    int64     // nodes that have it
}

// aclTable holds each list that some node has, once. A million nodes rarely have more than a handful.
type aclTable struct {
	lists map[string]*aclList // by key
	key   []byte              // of the list that was looked up last, to be written over
}

func newACLTable() aclTable { return aclTable{lists: map[string]*aclList{}} }

// intern is the one list with these entries, in the table or new. It is in the table once it is acquired. The entries are
// cloned if they are kept.
func (t *aclTable) intern(entries []sdk.ACL) *aclList {
	t.key = appendACL(t.key[:0], entries)
	if list, ok := t.lists[string(t.key)]; ok {
		return list
	}
	list := &aclList{entries: make([]sdk.ACL, len(entries)), key: string(t.key)}
	for i, entry := range entries {
		id := sdk.Identity{Scheme: strings.Clone(entry.Scheme), ID: strings.Clone(entry.ID)}
		list.entries[i] = sdk.ACL{Perms: entry.Perms, Identity: id}
	}
	return list
}

// acquire counts one more node that has the list.
func (t *aclTable) acquire(list *aclList) {
	if list.uses++; list.uses == 1 {
		t.lists[list.key] = list
	}
}

// release counts one node less. The list stays as it is, for nodes that come back.
func (t *aclTable) release(list *aclList) {
	if list.uses--; list.uses == 0 {
		delete(t.lists, list.key)
	}
}

// appendACL appends the entries as snapshots and keys have them: count, then perms, scheme and id of each.
func appendACL(dst []byte, entries []sdk.ACL) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(entries)))
	for i := range entries {
		dst = binary.AppendVarint(dst, int64(entries[i].Perms))
		dst = appendString(dst, entries[i].Scheme)
		dst = appendString(dst, entries[i].ID)
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}
