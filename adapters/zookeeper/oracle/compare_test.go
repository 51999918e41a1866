//go:build oracle

package oracle

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// compare ends the duel unless both servers said the same on one session, but for what is excused.
func (d *duel) compare(at step, session int, said [2][]*heard, ends [2]string) {
	d.Helper()
	if at.act == sayBye { // nobody promises an order to what ends together
		sortEvents(said[0])
		sortEvents(said[1])
	}
	for i := range max(len(said[0]), len(said[1])) {
		if i >= len(said[0]) || i >= len(said[1]) {
			d.fail("session %d: ZooKeeper says %v, Grove %v", session, said[0], said[1])
		}
		z, g := said[0][i], said[1][i]
		d.heard[z.kind()]++
		if what := d.differ(z, g); what != "" && !d.excuse(z, g) {
			d.fail("session %d: %s: ZooKeeper says\n%v, Grove\n%v", session, what, z, g)
		}
	}
	if ends[0] != ends[1] {
		d.fail("session %d: with ZooKeeper the connection is %s, with Grove %s", session, ends[0], ends[1])
	}
}

func sortEvents(said []*heard) {
	for i := 0; i < len(said); i++ {
		n := i
		for n < len(said) && said[n].op == nil {
			n++
		}
		slices.SortStableFunc(said[i:n], func(a, b *heard) int {
			return cmp.Or(cmp.Compare(a.event.Path, b.event.Path), cmp.Compare(a.event.Kind, b.event.Kind))
		})
		i = n
	}
}

// differ says in what two frames differ, or "".
func (d *duel) differ(z, g *heard) string {
	switch {
	case z.header.Xid != g.header.Xid:
		return "order"
	case z.op == nil && (z.event.Kind != g.event.Kind || z.event.Path != g.event.Path):
		return "event"
	case z.op == nil && !d.ranks.same(z.event.Zxid, g.event.Zxid):
		return "zxid of the event"
	case z.op == nil:
		return ""
	case z.header.Code != g.header.Code:
		return "code"
	case wrote(z) && !d.ranks.same(z.header.Zxid, g.header.Zxid):
		return "zxid of the write"
	case !wrote(z) && !d.ranks.level(z.header.Zxid, g.header.Zxid):
		return "zxid"
	}
	return d.differInBody(&z.reply.Result, &g.reply.Result)
}

// wrote reports whether a reply is that of a write that changed something.
func wrote(h *heard) bool {
	if h.header.Code != sdk.OK || !h.op.Kind.Writes() || h.op.Kind == sdk.OpSync {
		return false
	}
	many := h.reply.Result.Multi
	return h.op.Kind != sdk.OpMulti || len(many) > 0 && many[0].Kind != sdk.OpError
}

func (d *duel) differInBody(z, g *sdk.Result) string {
	one, other := stats(z), stats(g)
	if len(one) != len(other) {
		return "number of results"
	}
	for i := range one {
		if what := d.differInStat(one[i], other[i]); what != "" {
			return what
		}
		*one[i], *other[i] = sdk.Stat{}, sdk.Stat{} // their zxids, times and sessions are not equal
	}
	for _, r := range []*sdk.Result{z, g} {
		slices.Sort(r.Children)
		slices.SortFunc(r.Who, func(a, b sdk.Identity) int { return cmp.Or(cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.ID, b.ID)) })
		for i := range r.Multi {
			slices.Sort(r.Multi[i].Children)
		}
		slices.SortStableFunc(r.ACL, func(a, b sdk.ACL) int { return cmp.Compare(a.ID, b.ID) })
	}
	if !reflect.DeepEqual(z, g) {
		return "body"
	}
	return ""
}

// stats are all Stats of a reply.
func stats(r *sdk.Result) []*sdk.Stat {
	all := []*sdk.Stat{&r.Stat}
	for i := range r.Multi {
		all = append(all, &r.Multi[i].Stat)
	}
	return all
}

func (d *duel) differInStat(z, g *sdk.Stat) string {
	for _, pair := range [][2]int64{{z.Czxid, g.Czxid}, {z.Mzxid, g.Mzxid}, {z.Pzxid, g.Pzxid}} {
		if !d.ranks.same(pair[0], pair[1]) {
			return "zxids in the Stat"
		}
	}
	for i, s := range []*sdk.Stat{z, g} {
		if what := d.servers[i].misdates(s); what != "" {
			return what
		}
	}
	if d.servers[0].owner[z.EphemeralOwner] != d.servers[1].owner[g.EphemeralOwner] {
		return "owner"
	}
	one, other := *z, *g
	for _, s := range []*sdk.Stat{&one, &other} {
		s.Czxid, s.Mzxid, s.Pzxid, s.Ctime, s.Mtime, s.EphemeralOwner = 0, 0, 0, 0, 0, 0
	}
	if one != other {
		return "Stat"
	}
	return ""
}

// misdates says what is wrong with the times of a Stat: those of one write are one, and none is far away.
func (s *server) misdates(stat *sdk.Stat) string {
	for _, of := range [][2]int64{{stat.Czxid, stat.Ctime}, {stat.Mzxid, stat.Mtime}} {
		zxid, when := of[0], of[1]
		if zxid == 0 {
			continue
		}
		if before, told := s.times[zxid]; told && before != when {
			return fmt.Sprintf("%s dates %#x at %d and at %d", s.name, zxid, before, when)
		}
		s.times[zxid] = when
		if age := time.Since(time.UnixMilli(when)); age < -time.Minute || age > time.Hour {
			return fmt.Sprintf("%s dates %#x %v ago", s.name, zxid, age)
		}
	}
	return ""
}
