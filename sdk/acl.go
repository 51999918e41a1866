package sdk

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

// SchemeSuper is the scheme of the identity that passes every check.
const SchemeSuper = "super"
