package guesttest

import (
	"bytes"
	"math"
	"slices"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/abi"
)

// Vectors are the requests that every kit is tried with.
func Vectors() []Vector {
	list := slices.Concat(writes(), settings(), grown(), malformed())
	for i := range list {
		list[i].judge()
	}
	return list
}

// asked is a vector of a write that the host could send.
func asked(name string, write sdk.Write) Vector {
	v := Vector{Name: name, Request: abi.AppendRequest(nil, &write)}
	v.Tree, _ = write.Tree.(*Tree)
	return v
}

func writes() []Vector {
	return []Vector{
		asked("no identities and no operations", sdk.Write{}),
		asked("a multi", multi()),
		asked("none and nothing are different", sdk.Write{Ops: []sdk.WriteOp{
			{Kind: sdk.OpSetData, Path: "/a"}, {Kind: sdk.OpSetData, Path: "/a", Data: []byte{}},
		}}),
		asked("the ends of the numbers", sdk.Write{Session: math.MinInt64, Time: math.MaxInt64, Ops: []sdk.WriteOp{
			{Kind: math.MaxInt32, Mode: math.MinInt32, Version: math.MinInt32, Path: "/"},
			{Kind: sdk.OpDelete, Mode: math.MaxInt32, Version: math.MaxInt32, Path: "/"},
		}}),
		asked("modes", modes()),
		asked("characters", sdk.Write{
			Identities: []sdk.Identity{{Scheme: "digest", ID: "it's \\ \x00\xff"}, {Scheme: "", ID: "é"}},
			Ops:        []sdk.WriteOp{{Kind: sdk.OpCreate, Path: "/ü/日本", Data: []byte("\r\n\t~ \x7f\x80")}},
		}),
		asked("long data", sdk.Write{Ops: []sdk.WriteOp{
			{Kind: sdk.OpSetData, Path: "/a234567890123456789012.4", Data: bytes.Repeat([]byte("0123456789"), 30)},
			{Kind: sdk.OpSetData, Path: "/a2345678901234567890123", Data: []byte("x")},
		}}),
		asked("more than a reason may have", sdk.Write{Multi: true, Ops: slices.Repeat(multi().Ops, 10)}),
		asked("the old node", reading(nil)),
		asked("the tree", reading(forest())),
		asked("an empty tree", reading(&Tree{})),
		asked("admitted", sdk.Write{Ops: []sdk.WriteOp{{Kind: sdk.OpCreate, Path: "/admit/x", Data: []byte("x")}}}),
		asked("logged", sdk.Write{Ops: []sdk.WriteOp{{Kind: sdk.OpCreate, Path: "/log/é"}}}),
		asked("hashed", Hashed()),
	}
}

// Hashed is a write of some hundred bytes that a probe admits after it has looked at each of them: the one to measure with.
func Hashed() sdk.Write {
	return sdk.Write{
		Session: 0x0102030405060708, Time: 1_700_000_000_000, Identities: []sdk.Identity{{Scheme: "ip", ID: "127.0.0.1"}},
		Ops: []sdk.WriteOp{{
			Kind: sdk.OpSetData, Version: sdk.AnyVersion, Path: "/sum/config/service",
			Data: []byte(`{"name": "billing", "port": 8080, "hosts": ["10.0.0.1", "10.0.0.2", "10.0.0.3"], "enabled": true, "weight": 0.5}`),
		}},
	}
}

func multi() sdk.Write {
	return sdk.Write{
		Session: 0x0102030405060708, Time: 1_700_000_000_000, Multi: true,
		Identities: []sdk.Identity{{Scheme: "ip", ID: "::1"}, {Scheme: "super"}},
		Ops: []sdk.WriteOp{
			{Kind: sdk.OpCreate, Mode: sdk.ModeEphemeral, Path: "/a", Data: []byte("x"), ACL: []sdk.ACL{
				{Perms: sdk.PermAll, Identity: sdk.Anyone}, {Perms: sdk.PermRead, Identity: sdk.Identity{Scheme: "ip", ID: "::1"}},
			}},
			{Kind: sdk.OpCheck, Version: 7, Path: "/b"},
			{Kind: sdk.OpDelete, Version: sdk.AnyVersion, Path: "/b"},
			{Kind: sdk.OpSetACL, Path: "/c", ACL: sdk.OpenACL()},
		},
	}
}

func modes() (write sdk.Write) {
	for mode := sdk.ModePersistent; mode <= sdk.ModeTTLSequential; mode++ {
		write.Ops = append(write.Ops, sdk.WriteOp{Kind: sdk.OpCreate2, Mode: mode, Path: "/m"})
	}
	write.Ops = append(write.Ops, sdk.WriteOp{Kind: sdk.OpCreateContainer, Mode: sdk.ModeContainer, Path: "/c"},
		sdk.WriteOp{Kind: sdk.OpCreateTTL, Mode: sdk.ModeTTL, Path: "/t"})
	return write
}

// reading is a write under a rule that reads the old node, and the tree when there is one.
func reading(tree *Tree) sdk.Write {
	write := sdk.Write{Ops: []sdk.WriteOp{
		{Kind: sdk.OpCreate, Path: "/new", Data: []byte("x"), Old: &sdk.Node{}},
		{Kind: sdk.OpSetData, Path: "/folder", Data: []byte("x"), Old: node("was")},
		{Kind: sdk.OpSetData, Path: "/bare", Old: node("")},
	}}
	write.Ops[2].Old.Data = nil
	if tree != nil {
		write.Tree = tree
	}
	return write
}

func node(data string) *sdk.Node {
	return &sdk.Node{Present: true, Data: []byte(data), Stat: sdk.Stat{
		Czxid: 1, Mzxid: 0x2_0000_0003, Ctime: 1_700_000_000_000, Mtime: math.MinInt64, Version: -5, EphemeralOwner: math.MaxInt64,
	}}
}

// forest has a node and a list that are larger than what a kit gives room for at first.
func forest() *Tree {
	many := make([]string, 100)
	for i := range many {
		many[i] = "child-" + string(rune('0'+i/10)) + string(rune('0'+i%10))
	}
	return &Tree{
		Nodes: map[string]sdk.Node{"/folder": *node(string(make([]byte, 3_000))), "/bare": *node("small")},
		Names: map[string][]string{"/folder": many[:40], "/bare": {}, "/new": {"", "é"}},
	}
}

// settings are seen by the probe in the form of any write.
func settings() (list []Vector) {
	for _, text := range [...][2]string{
		{"lines", "# limits\nmax 100\r\n\t name  a b \n\nflag\noff false\non true"},
		{"numbers", "a 0\nb -0\nc 9223372036854775807\nd 9223372036854775808\ne -9223372036854775808\nf -9223372036854775809\ng +1\nh 1x\ni -\nj 007"},
		{"nothing", ""}, {"space", " \n#\n\r\n"}, {"bytes", "k\x00 \xff\xfe\nlong " + string(make([]byte, 200))},
	} {
		v := asked("settings: "+text[0], sdk.Write{Ops: []sdk.WriteOp{{Kind: sdk.OpDelete, Path: "/"}}})
		v.Settings = []byte(text[1])
		list = append(list, v)
	}
	return list
}
