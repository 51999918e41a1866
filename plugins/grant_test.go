package plugins

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

func grant(t *testing.T, words ...string) Grant {
	t.Helper()
	g, err := ParseGrant(words)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGrantOfOperations(t *testing.T) {
	const ok, no = sdk.OK, sdk.CodeNoAuth
	some := grant(t, "read:/app/**", "read:/one", "write:/app/data/**", "write:/locks/lock-*")
	for _, test := range []struct {
		op   sdk.Op
		want sdk.Code
	}{
		{sdk.Op{Kind: sdk.OpPing}, ok},
		{sdk.Op{Kind: sdk.OpCloseSession}, ok},
		{sdk.Op{Kind: sdk.OpGetData, Path: "/app"}, ok},
		{sdk.Op{Kind: sdk.OpGetData, Path: "/app/a", Watch: true}, ok},
		{sdk.Op{Kind: sdk.OpGetData, Path: "/apple"}, no},
		{sdk.Op{Kind: sdk.OpExists, Path: "/"}, no},
		{sdk.Op{Kind: sdk.OpGetChildren2, Path: "/locks"}, no},
		{sdk.Op{Kind: sdk.OpSync, Path: "/other"}, no},
		{sdk.Op{Kind: sdk.OpSetData, Path: "/app/a"}, no},
		{sdk.Op{Kind: sdk.OpSetData, Path: "/app/data/a"}, ok},
		{sdk.Op{Kind: sdk.OpSetACL, Path: "/app"}, no},
		{sdk.Op{Kind: sdk.OpDelete, Path: "/app/data"}, ok},
		{sdk.Op{Kind: sdk.OpCreate2, Path: "/app/data/x", Mode: sdk.ModeEphemeralSequential}, ok},
		{sdk.Op{Kind: sdk.OpCreate, Path: "/locks/lock-", Mode: sdk.ModePersistentSequential}, ok},
		{sdk.Op{Kind: sdk.OpCreate, Path: "/app/data", Mode: sdk.ModePersistentSequential}, no}, // makes /app/data0000000000
		{sdk.Op{Kind: sdk.OpCreate, Path: "/app/data"}, ok},
		{sdk.Op{Kind: sdk.OpSetWatches}, ok},
		{sdk.Op{Kind: sdk.OpSetWatches, Watches: &sdk.Watches{Data: []string{"/app/a"}, Child: []string{"/app"}}}, ok},
		{sdk.Op{Kind: sdk.OpSetWatches, Watches: &sdk.Watches{Data: []string{"/app/a"}, Child: []string{"/"}}}, no},
		{sdk.Op{Kind: sdk.OpSetWatches, Watches: &sdk.Watches{Exist: []string{"/secret"}}}, no},
		{sdk.Op{Kind: sdk.OpSetWatches2, Watches: &sdk.Watches{Persistent: []string{"/app/a"}, Recursive: []string{"/app"}}}, ok},
		{sdk.Op{Kind: sdk.OpSetWatches2, Watches: &sdk.Watches{Persistent: []string{"/"}}}, no},
		{sdk.Op{Kind: sdk.OpSetWatches2, Watches: &sdk.Watches{Recursive: []string{"/app", "/"}}}, no},
		{sdk.Op{Kind: sdk.OpSetWatches2, Watches: &sdk.Watches{Persistent: []string{"/one"}}}, ok},
		{sdk.Op{Kind: sdk.OpSetWatches2, Watches: &sdk.Watches{Recursive: []string{"/one"}}}, no},
		{sdk.Op{Kind: sdk.OpAddWatch, Path: "/app", Type: sdk.WatchRecursive}, ok},
		{sdk.Op{Kind: sdk.OpAddWatch, Path: "/", Type: sdk.WatchRecursive}, no},
		{sdk.Op{Kind: sdk.OpAddWatch, Path: "/one", Type: sdk.WatchPersistent}, ok},
		{sdk.Op{Kind: sdk.OpAddWatch, Path: "/one", Type: sdk.WatchRecursive}, no}, // would tell of what is below
		{sdk.Op{Kind: sdk.OpGetAllChildrenNumber, Path: "/app/a"}, ok},
		{sdk.Op{Kind: sdk.OpGetAllChildrenNumber, Path: "/one"}, no},
		{sdk.Op{Kind: sdk.OpGetEphemerals, Path: "/app"}, ok},
		{sdk.Op{Kind: sdk.OpGetEphemerals, Path: "/"}, no},
		{sdk.Op{Kind: sdk.OpCheckWatches, Path: "/app"}, ok},
		{sdk.Op{Kind: sdk.OpRemoveWatches, Path: "/"}, no},
		{sdk.Op{Kind: sdk.OpWhoAmI}, ok},
		{sdk.Op{Kind: sdk.OpCreateContainer, Path: "/app/data/c", Mode: sdk.ModeContainer}, ok},
		{sdk.Op{Kind: sdk.OpCreateContainer, Path: "/app/c", Mode: sdk.ModeContainer}, no},
		{sdk.Op{Kind: sdk.OpCreateTTL, Path: "/locks/lock-", Mode: sdk.ModeTTLSequential, TTL: 1}, ok},
		{sdk.Op{Kind: sdk.OpCreateTTL, Path: "/app/data", Mode: sdk.ModeTTLSequential, TTL: 1}, no},
		{sdk.Op{Kind: sdk.OpMultiRead, Ops: []sdk.Op{{Kind: sdk.OpGetData, Path: "/app"}, {Kind: sdk.OpGetChildren, Path: "/app/a"}}}, ok},
		{sdk.Op{Kind: sdk.OpMultiRead, Ops: []sdk.Op{{Kind: sdk.OpGetData, Path: "/app"}, {Kind: sdk.OpGetData, Path: "/x"}}}, no},
		{sdk.Op{Kind: sdk.OpMulti}, ok},
		{sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{{Kind: sdk.OpCheck, Path: "/app/a"}, {Kind: sdk.OpDelete, Path: "/app/data/a"}}}, ok},
		{sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{{Kind: sdk.OpDelete, Path: "/app/data/a"}, {Kind: sdk.OpCheck, Path: "/x"}}}, no},
		{sdk.Op{Kind: 9999, Path: "/app"}, sdk.CodeUnimplemented},
		{sdk.Op{Kind: sdk.OpError}, sdk.CodeUnimplemented},
		{sdk.Op{Kind: sdk.OpSASL, Data: []byte("token")}, no},
		{sdk.Op{Kind: sdk.OpSASL, Who: sdk.Identity{Scheme: "sasl", ID: "anna"}}, no},
		{sdk.Op{Kind: sdk.OpPing, Who: sdk.Identity{Scheme: "super"}}, no},
		{sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{{Kind: sdk.OpCheck, Path: "/app", Who: sdk.Identity{Scheme: "super"}}}}, no},
		{sdk.Op{Kind: sdk.OpReconfig, Members: &sdk.Reshape{Leaving: "1"}}, no},
	} {
		if got := some.op(&test.op); got != test.want {
			t.Errorf("%v %q %+v: %v, want %v", test.op.Kind, test.op.Path, test.op, got, test.want)
		}
	}
	nothing, everything := Grant{}, grant(t, "read", "write")
	for _, kind := range []sdk.OpKind{sdk.OpGetData, sdk.OpSetData, sdk.OpCreate, sdk.OpSync, sdk.OpGetACL} {
		if got := nothing.op(&sdk.Op{Kind: kind, Path: "/a"}); got != no {
			t.Errorf("nothing granted, %v: %v", kind, got)
		}
		if got := everything.op(&sdk.Op{Kind: kind, Path: "/a"}); got != ok {
			t.Errorf("everything granted, %v: %v", kind, got)
		}
	}
}

func TestGrantRefusesOtherWords(t *testing.T) {
	for _, word := range []string{"", "feeds", "read:", "read:a", "write:/a//b", "as", "as:", "feed:a", "feed:", "all", "reconfig:x"} {
		if _, err := ParseGrant([]string{"read", word}); err == nil || !strings.Contains(err.Error(), "grant") {
			t.Errorf("%q: %v", word, err)
		}
	}
}

// recorder is a host and its session that keep what came through.
type recorder struct {
	sdk.Host
	sdk.Session
	logins int
	from   int64
	ops    []sdk.Op
}

func (r *recorder) Open(context.Context, sdk.Login) (sdk.Session, error) {
	r.logins++
	return r, nil
}

func (r *recorder) Follow(_ context.Context, want sdk.Following) (sdk.Feed, error) {
	r.from = want.From
	return nil, nil
}

func (r *recorder) Submit(_ context.Context, _ uint64, op *sdk.Op) error {
	r.ops = append(r.ops, *op)
	return nil
}

func TestLimitStandsBeforeTheHost(t *testing.T) {
	core := &recorder{}
	host := Limit(core, grant(t, "read:/app/**", "as:ip", "as:digest:anna"))
	if _, err := host.Follow(t.Context(), sdk.Following{From: 5}); !errors.Is(err, sdk.CodeNoAuth) || core.from != 0 {
		t.Errorf("follow without the feed: %v", err)
	}
	if _, err := Limit(core, grant(t, "feed")).Follow(t.Context(), sdk.Following{From: 5}); err != nil || core.from != 5 {
		t.Errorf("follow: %v", err)
	}
	for _, id := range []sdk.Identity{{Scheme: "super"}, {Scheme: "digest", ID: "berta"}} {
		if _, err := host.Open(t.Context(), sdk.Login{Identities: []sdk.Identity{id}}); !errors.Is(err, sdk.CodeNoAuth) {
			t.Errorf("as %v: %v", id, err)
		}
	}
	if core.logins != 0 {
		t.Errorf("%d sessions opened", core.logins)
	}
	clients := []sdk.Identity{sdk.Anyone, {Scheme: "ip", ID: "10.0.0.1"}, {Scheme: "digest", ID: "anna"}}
	session, err := host.Open(t.Context(), sdk.Login{Identities: clients})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/app/a", "/secret", "/app/b"} {
		if err := session.Submit(t.Context(), 1, &sdk.Op{Kind: sdk.OpGetData, Path: path}); err != nil {
			t.Fatal(err)
		}
	}
	refused := core.ops[1]
	if len(core.ops) != 3 || refused.Kind != sdk.OpError || sdk.Code(refused.Version) != sdk.CodeNoAuth || refused.Path != "" {
		t.Errorf("core got %+v", core.ops)
	}
}

// Who an operation says a client is, and a change of the members, need words of their own.
func TestGrantOfIdentitiesAndMembers(t *testing.T) {
	anna := grant(t, "as:sasl:anna", "reconfig")
	for _, test := range []struct {
		op   sdk.Op
		want sdk.Code
	}{
		{sdk.Op{Kind: sdk.OpSASL, Data: []byte("token")}, sdk.OK},
		{sdk.Op{Kind: sdk.OpSASL, Who: sdk.Identity{Scheme: "sasl", ID: "anna"}}, sdk.OK},
		{sdk.Op{Kind: sdk.OpSASL, Who: sdk.Identity{Scheme: "sasl", ID: "berta"}}, sdk.CodeNoAuth},
		{sdk.Op{Kind: sdk.OpSASL, Who: sdk.Identity{Scheme: sdk.SchemeSuper}}, sdk.CodeNoAuth},
		{sdk.Op{Kind: sdk.OpReconfig, Members: &sdk.Reshape{Leaving: "1"}}, sdk.OK},
		{sdk.Op{Kind: sdk.OpReconfig, Who: sdk.Identity{Scheme: sdk.SchemeSuper}}, sdk.CodeNoAuth},
	} {
		if got := anna.op(&test.op); got != test.want {
			t.Errorf("%v %+v: %v, want %v", test.op.Kind, test.op, got, test.want)
		}
	}
}
