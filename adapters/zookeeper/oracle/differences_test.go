//go:build oracle

package oracle

import (
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// difference is one thing that Grove does differently, on purpose. One with excuses is met by the script and passed
// over where it alone makes the difference; the script keeps away from the others, as what comes after them would
// differ as well. What is shown makes the difference on two new servers.
type difference struct {
	what, why string
	excuses   func(z, g *heard) bool
	shown     []sdk.Op
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
			one, other := z.event.Path+z.reply.Result.Path, g.event.Path+g.reply.Result.Path
			same := z.op == nil && g.op == nil && z.event.Kind == g.event.Kind || answer(z, g, sdk.OpSync) && z.header.Code == g.header.Code
			return same && one != other && strings.ReplaceAll(one, "\xed\xa0\xbd\xed\xb8\x80", "😀") == other
		},
	},
	{
		what: "checkWatches finds watches of exactly that path", why: "3.8 at times says yes where its own list of watches (wchp) and removeWatches know of none",
		excuses: func(z, g *heard) bool {
			return answer(z, g, sdk.OpCheckWatches) && z.header.Code == sdk.OK && g.header.Code == sdk.CodeNoWatcher
		},
	},
	{
		what: "checkWatches of a path without a slash finds nothing", why: "3.8 trips over it and says that it cannot decode the request",
		excuses: func(z, g *heard) bool {
			return answer(z, g, sdk.OpCheckWatches) && !strings.HasPrefix(z.op.Path, "/") &&
				z.header.Code == sdk.CodeMarshallingError && g.header.Code == sdk.CodeNoWatcher
		},
	},
	{what: "exists that may not read leaves no watch", why: "as for every failed read; in 3.8 it does not fail"},
	{what: "a wrong password leaves the session's connection alone", why: "whoever guesses should not disturb its owner"},
	{
		what: "IPv6 addresses in ACLs", why: "ZooKeeper 3.8 refuses them",
		shown: []sdk.Op{{Kind: sdk.OpCreate, Path: "/v6", ACL: []sdk.ACL{{Perms: sdk.PermAll, Identity: sdk.Identity{Scheme: "ip", ID: "::1"}}}}},
	},
	{
		what: "subjects of certificates in ACLs", why: "ZooKeeper refuses them as long as it has no key store",
		shown: []sdk.Op{{Kind: sdk.OpCreate, Path: "/cert", ACL: []sdk.ACL{{Perms: sdk.PermAll, Identity: sdk.Identity{Scheme: "x509", ID: "CN=x"}}}}},
	},
	{
		what: "users of SASL in ACLs", why: "ZooKeeper refuses them as long as it has no users",
		shown: []sdk.Op{{Kind: sdk.OpCreate, Path: "/sasl", ACL: []sdk.ACL{{Perms: sdk.PermAll, Identity: sdk.Identity{Scheme: "sasl", ID: "x"}}}}},
	},
	{
		what: "a login by SASL where nobody can fails", why: "3.8 answers OK with a null token, and nobody has logged in",
		shown: []sdk.Op{{Kind: sdk.OpSASL, Data: []byte("x")}},
	},
	{
		what: "check outside of a multi is refused", why: "3.8 answers one that fails, and none that succeeds",
		shown: []sdk.Op{{Kind: sdk.OpCheck, Path: "/nowhere", Version: sdk.AnyVersion}},
	},
	{what: "a change of an ACL holds for the rest of a pipeline", why: "3.8 asks the old or the new ACL by chance"},
	{
		what: "watches of different kinds leave each other alone", why: "3.8 has one kind for each client and path; the last one asked for wins, even a one-shot watch",
		shown: []sdk.Op{
			{Kind: sdk.OpCreate, Path: "/mixed", ACL: sdk.OpenACL()},
			{Kind: sdk.OpAddWatch, Path: "/mixed", Type: sdk.WatchRecursive},
			{Kind: sdk.OpExists, Path: "/mixed", Watch: true},
			{Kind: sdk.OpCreate, Path: "/mixed/child", ACL: sdk.OpenACL()},
		},
	},
	{
		what: "checkWatches and removeWatches know all five types", why: "as since 3.9; 3.8 knows three, and Data or Children take the lasting ones along",
		shown: []sdk.Op{{Kind: sdk.OpCheckWatches, Path: "/mixed", Type: sdk.WatchRecursive}},
	},
	{what: "watches that last are told what they missed", why: "the feed has it; ZooKeeper loses it"},
	{what: "createContainer makes a container, in a multi too", why: "3.8 goes by the flags there, whatever the operation is called"},
	{what: "hard quotas hold when they are set", why: "ZooKeeper has to be told to enforce them"},
	{what: "what is over its quota may shrink", why: "ZooKeeper refuses to replace data by less as long as the limit is passed after it, too"},
	{what: "a quota counts what comes earlier in the same multi or pipeline", why: "ZooKeeper goes by what was applied when it looked"},
	{what: "a request somewhat over the frame limit is answered", why: "the connection is good; Grove is told to cut it for this comparison"},
	{what: "credentials that say nothing", why: "3.8 takes an empty one, by accident"},
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
