package sdk

import "strings"

// Perm is a set of permissions as bits (ZooDefs.Perms).
type Perm int32

// The permissions. Create and Delete are asked of the parent.
const (
	PermRead   Perm = 1
	PermWrite  Perm = 2
	PermCreate Perm = 4
	PermDelete Perm = 8
	PermAdmin  Perm = 16
	PermAll    Perm = 31
)

// Identity is who a connection has proved to be: ("ip", "127.0.0.1"), ("digest", "user:base64(sha1)"),
// ("super", ""). A connection may hold several.
type Identity struct {
	Scheme string `json:"scheme"`
	ID     string `json:"id"`
}

// ACL is one entry of a node's access control list: what Identity may do.
type ACL struct {
	Perms Perm
	Identity
}

// OpenACL returns a fresh list that lets everyone do everything (ZooDefs.Ids.OPEN_ACL_UNSAFE).
func OpenACL() []ACL {
	return []ACL{{Perms: PermAll, Identity: Anyone}}
}

// Anyone is the identity that every connection has: scheme "world", id "anyone".
var Anyone = Identity{Scheme: "world", ID: "anyone"}

// The schemes of identities that everybody has to know of.
const (
	SchemeSuper  = "super"  // passes every check
	SchemeDigest = "digest" // a user and the hash of his password: whoever sees it can guess at the password
)

// Super is the identity that passes every check. The server itself writes as it.
var Super = Identity{Scheme: SchemeSuper}

// IsSuper reports whether one of these identities passes every check.
func IsSuper(who []Identity) bool {
	for i := range who {
		if who[i].Scheme == SchemeSuper {
			return true
		}
	}
	return false
}

// Shown is what others may see of an identity: of a digest the user alone, of super nothing but that it is. Whatever
// tells, prints or keeps an identity for people does so with this or with Masked.
func (id Identity) Shown() Identity {
	switch id.Scheme {
	case SchemeDigest:
		id.ID, _, _ = strings.Cut(id.ID, ":")
	case SchemeSuper:
		id.ID = ""
	}
	return id
}

// Masked is Shown as the entry of an ACL, in which a digest has something after its user: "user:x", as getACL gives it to
// those who do not administer the node.
func (id Identity) Masked() Identity {
	shown := id.Shown()
	if id.Scheme == SchemeDigest && shown != id {
		shown.ID += ":x"
	}
	return shown
}
