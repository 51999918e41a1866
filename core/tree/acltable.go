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
	uses    int64     // nodes that have it, those included that are gone and still remembered
}

// aclTable holds each list that some node has, once. A million nodes rarely have more than a handful.
type aclTable struct {
	lists  []*aclList // by number; 0 is none
	free   []number   // that no list has
	byText map[string]number
	key    []byte // of the list that was looked up last, to be written over
}

func newACLTable() aclTable {
	return aclTable{lists: []*aclList{nil}, byText: map[string]number{}}
}

// at is the list with that number.
func (t *aclTable) at(n number) *aclList { return t.lists[n] }

// acquire finds or makes the one list with these entries and counts one more node that has it. The entries are cloned if
// they are kept.
func (t *aclTable) acquire(entries []sdk.ACL) number {
	t.key = appendACL(t.key[:0], entries)
	n, ok := t.byText[string(t.key)]
	if !ok {
		n = t.add(entries, string(t.key))
	}
	t.hold(n)
	return n
}

func (t *aclTable) add(entries []sdk.ACL, key string) number {
	list := &aclList{entries: make([]sdk.ACL, len(entries)), key: key}
	for i, entry := range entries {
		id := sdk.Identity{Scheme: strings.Clone(entry.Scheme), ID: strings.Clone(entry.ID)}
		list.entries[i] = sdk.ACL{Perms: entry.Perms, Identity: id}
	}
	n := number(len(t.lists))
	if last := len(t.free) - 1; last >= 0 {
		n, t.free = t.free[last], t.free[:last]
		t.lists[n] = list
	} else {
		t.lists = append(t.lists, list)
	}
	t.byText[key] = n
	return n
}

// hold counts one more node that has the list.
func (t *aclTable) hold(n number) { t.lists[n].uses++ }

// release counts one node less.
func (t *aclTable) release(n number) {
	list := t.lists[n]
	if list.uses--; list.uses == 0 {
		delete(t.byText, list.key)
		t.lists[n], t.free = nil, append(t.free, n)
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
