//go:build oracle

package oracle

import (
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// difference is one thing that Grove does differently, on purpose. One with excuses is met by the script and passed
// over where it alone makes the difference; the script keeps away from the others, as what comes after them would
// differ as well.
type difference struct {
	what, why string
	excuses   func(z, g *heard) bool
}

// differences are all there are.
var differences = []difference{
	{
		what: "the header of an event has the zxid of the change", why: "so it has since ZooKeeper 3.9; 3.8 says -1",
		excuses: func(z, g *heard) bool {
			return z.op == nil && g.op == nil && z.event.Zxid == -1 && z.event.Kind == g.event.Kind && z.event.Path == g.event.Path
		},
	},
	{
		what: "exists asks for READ", why: "so it does since ZooKeeper 3.8.4 and 3.9.2 (ZOOKEEPER-2590)",
		excuses: func(z, g *heard) bool {
			return answer(z, g, sdk.OpExists) && z.header.Code == sdk.OK && g.header.Code == sdk.CodeNoAuth
		},
	},
	{
		what: "the reply to an unknown operation has the last zxid", why: "every reply has it; ZooKeeper says -1 here",
		excuses: func(z, g *heard) bool {
			return z.op != nil && z.header.Code == sdk.CodeUnimplemented && g.header.Code == sdk.CodeUnimplemented && z.header.Zxid == -1
		},
	},
	{
		what: "text beyond the basic plane comes back as it was sent", why: "ZooKeeper writes CESU-8, which is not UTF-8",
		excuses: func(z, g *heard) bool {
			return answer(z, g, sdk.OpSync) && z.header.Code == g.header.Code && strings.Contains(g.reply.Result.Path, "😀")
		},
	},
	{what: "exists that may not read leaves no watch", why: "as for every failed read; in 3.8 it does not fail"},
	{what: "a wrong password leaves the session's connection alone", why: "whoever guesses should not disturb its owner"},
	{what: "IPv6 addresses in ACLs", why: "ZooKeeper 3.8 refuses them"},
	{what: "check outside of a multi is refused", why: "3.8 answers one that fails, and none that succeeds"},
	{what: "a change of an ACL holds for the rest of a pipeline", why: "3.8 asks the old or the new ACL by chance"},
	{what: "credentials that say nothing", why: "3.8 takes an empty or null one, by accident"},
}

// answer reports whether both are replies to the same operation of a kind.
func answer(z, g *heard, kind sdk.OpKind) bool {
	return z.op != nil && g.op != nil && z.op.Kind == kind && z.header.Xid == g.header.Xid
}

// excuse reports whether what two frames differ in is one of the differences, and counts it.
func (d *duel) excuse(z, g *heard) bool {
	for _, known := range differences {
		if known.excuses != nil && known.excuses(z, g) {
			d.excused[known.what]++
			return true
		}
	}
	return false
}
