package main

import (
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// Every kind that makes a node is looked at; the list of what does not need to be is the short one.
func TestEveryKindOfCreate(t *testing.T) {
	who := []sdk.Identity{{Scheme: "x509", ID: "CN=joe"}}
	for _, kind := range []sdk.OpKind{sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL, sdk.OpSetACL} {
		open := sdk.Write{Identities: who, Ops: []sdk.WriteOp{{Kind: kind, Path: "/a", ACL: sdk.OpenACL()}}}
		mine := sdk.Write{Identities: who, Ops: []sdk.WriteOp{{Kind: kind, Path: "/a", ACL: []sdk.ACL{{Perms: sdk.PermAll, Identity: who[0]}}}}}
		if judge(&open) == nil {
			t.Errorf("%v: an open list passes", kind)
		}
		if err := judge(&mine); err != nil {
			t.Errorf("%v: %v", kind, err)
		}
	}
}
