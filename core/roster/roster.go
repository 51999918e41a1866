package roster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Roster is the members of a cluster by id. The zero value is empty.
type Roster struct {
	members []sdk.Member
}

// Members lists the members, by id. The list is the caller's.
func (r *Roster) Members() []sdk.Member { return slices.Clone(r.members) }

// Enrol takes over who the members are from now on, and reports whether anything has changed. Where they listen for
// clients is known from before, if at all: what members says of that is not looked at.
func (r *Roster) Enrol(members []sdk.Member) bool {
	next := slices.SortedFunc(slices.Values(members), func(a, b sdk.Member) int { return cmp.Compare(a.ID, b.ID) })
	for i := range next {
		next[i].Clients = ""
		if known := r.find(next[i].ID); known != nil {
			next[i].Clients = known.Clients
		}
	}
	if slices.Equal(r.members, next) {
		return false
	}
	r.members = next
	return true
}

// Reach notes where a member listens for clients, and reports whether that is news. Nobody asks for one who is no member, or
// for what is no address.
func (r *Roster) Reach(id, clients string) bool {
	member := r.find(id)
	if member == nil || member.Clients == clients || len(clients) > MaxText {
		return false
	}
	member.Clients = clients
	return true
}

func (r *Roster) find(id string) *sdk.Member {
	i, ok := slices.BinarySearchFunc(r.members, id, func(m sdk.Member, id string) int { return cmp.Compare(m.ID, id) })
	if !ok {
		return nil
	}
	return &r.members[i]
}

// Text is what stands in /zookeeper/config after the transaction version.
func (r *Roster) Text(version int64) string {
	var text strings.Builder
	for _, m := range r.members {
		text.WriteString(line(m))
		text.WriteByte('\n')
	}
	fmt.Fprintf(&text, "version=%x", version)
	return text.String()
}
