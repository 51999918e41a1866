// Owner is a validator under which a node is changed by nobody but who made it. See its README.
package main

import (
	"fmt"
	"slices"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

func init() { guest.Validate(judge) }

func main() {}

// shared are schemes that say nothing about who somebody is.
var shared = []string{"world", "ip"}

func judge(write *sdk.Write) error {
	for i := range write.Ops {
		if reason := check(write, i); reason != "" {
			return &sdk.Rejection{Op: i, Code: sdk.CodeNoAuth, Reason: write.Ops[i].Path + ": " + reason}
		}
	}
	return nil
}

func check(write *sdk.Write, at int) string {
	switch op := &write.Ops[at]; op.Kind {
	case sdk.OpSetData:
		return "" // the tree asks for WRITE, which nobody else has
	case sdk.OpDelete:
		if !proved(write.Ops[:at], op.Path) {
			return "must be set and deleted in one multi: the tree asks the parent about a delete, and the node about a set"
		}
		return ""
	default:
		return lists(write.Identities, op.ACL)
	}
}

// proved reports whether an operation before a delete is one that the tree lets only the owner do.
func proved(before []sdk.WriteOp, path string) bool {
	return slices.ContainsFunc(before, func(op sdk.WriteOp) bool { return op.Kind == sdk.OpSetData && op.Path == path })
}

// lists says what is wrong with an access list: it must leave everything but reading to the writer, and to him the right
// to write and to change the list.
func lists(who []sdk.Identity, acl []sdk.ACL) string {
	mine := sdk.Perm(0)
	for _, entry := range acl {
		switch {
		case entry.Perms&^sdk.PermRead == 0:
		case owns(who, entry.Identity):
			mine |= entry.Perms
		default:
			return fmt.Sprintf("its ACL must give %s:%s nothing but READ", entry.Scheme, entry.ID)
		}
	}
	if need := sdk.PermWrite | sdk.PermAdmin; mine&need != need {
		return "its ACL must give its maker WRITE and ADMIN, by an identity that he has proved"
	}
	return ""
}

// owns reports whether an entry of an access list stands for the writer and nobody else. "auth" stands for all that he has
// proved.
func owns(who []sdk.Identity, entry sdk.Identity) bool {
	return slices.ContainsFunc(who, func(id sdk.Identity) bool {
		return !slices.Contains(shared, id.Scheme) && (entry.Scheme == "auth" || entry == id)
	})
}
