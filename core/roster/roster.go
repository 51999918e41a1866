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
	members []member
}

// member is a member, and what is known of it beside that.
type member struct {
	sdk.Member
	election string // its second port, as whoever let it in gave it; "" for the same as the first, or none
	told     bool   // it has said itself where it listens for clients
}

// Members lists the members, by id. The list is the caller's.
func (r *Roster) Members() []sdk.Member {
	list := make([]sdk.Member, len(r.members))
	for i, m := range r.members {
		list[i] = m.Member
	}
	return list
}

// Enrol takes over who the members are from now on, and reports whether anything has changed. Where they listen for
// clients is known from before, if at all: what members says of that is not looked at.
func (r *Roster) Enrol(members []sdk.Member) bool {
	next := make([]member, len(members))
	for i, m := range slices.SortedFunc(slices.Values(members), func(a, b sdk.Member) int { return cmp.Compare(a.ID, b.ID) }) {
		m.Clients = ""
		next[i].Member = m
		if known := r.find(m.ID); known != nil {
			next[i].Clients, next[i].told = known.Clients, known.told
			if known.Addr == m.Addr {
				next[i].election = known.election
			}
		}
	}
	if slices.Equal(r.members, next) {
		return false
	}
	r.members = next
	return true
}

// Note takes over what a reconfiguration says of those who join beside their address, and reports whether that is news:
// their second port, which stands there as it was given, and where they listen for clients. Both count until a member says
// itself where it listens.
func (r *Roster) Note(change *sdk.Reshape) (news bool) {
	joining, _ := r.read(change)
	for _, text := range joining {
		said, err := parseLine(text)
		m := r.find(r.named(said.ID))
		if err != nil || m == nil || m.told || m.Addr != said.Addr {
			continue
		}
		was := *m
		m.election, m.Clients = cmp.Or(said.election, m.election), cmp.Or(said.Clients, m.Clients)
		news = news || *m != was
	}
	return news
}

// Reach notes where a member says that it listens for clients, and reports whether that is news. Nobody asks for one who
// is no member, or for what is no address.
func (r *Roster) Reach(id, clients string) bool {
	m := r.find(id)
	if m == nil || m.told && m.Clients == clients || len(clients) > MaxText {
		return false
	}
	was := *m
	m.Clients, m.election, m.told = clients, "", true
	return line(id, *m) != line(id, was)
}

func (r *Roster) find(id string) *member {
	i, ok := slices.BinarySearchFunc(r.members, id, func(m member, id string) int { return cmp.Compare(m.ID, id) })
	if !ok {
		return nil
	}
	return &r.members[i]
}

// Text is what stands in /zookeeper/config after the transaction version.
func (r *Roster) Text(version int64) string {
	var text strings.Builder
	numbers := r.numbers()
	for i, m := range r.members {
		text.WriteString(line(numbers[i], m))
		text.WriteByte('\n')
	}
	r.appendNames(&text, numbers)
	fmt.Fprintf(&text, "version=%x", version)
	return text.String()
}
