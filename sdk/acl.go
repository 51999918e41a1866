package sdk

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
)

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

// Digest is the identity that a credential "user:password" proves, as ZooKeeper's DigestAuthenticationProvider has it:
// user:base64(sha1("user:password")). The hash is part of the protocol; clients put it into their ACLs. A credential
// without a colon is a user without a password.
func Digest(credential []byte) Identity {
	user, _, _ := bytes.Cut(credential, []byte(":"))
	sum := sha1.Sum(credential)
	return Identity{Scheme: "digest", ID: string(user) + ":" + base64.StdEncoding.EncodeToString(sum[:])}
}

// SchemeSuper is the scheme of the identity that passes every check.
const SchemeSuper = "super"
