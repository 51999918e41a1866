package sdk

// ChangeKind says what a transaction did to one node.
type ChangeKind uint8

// The kinds of change.
const (
	Created ChangeKind = 1 + iota
	Changed
	Deleted
	ACLChanged
)

// String is the word used in subjects, logs and command lines: created, changed, deleted, acl.
func (k ChangeKind) String() string {
	switch k {
	case Created:
		return "created"
	case Changed:
		return "changed"
	case Deleted:
		return "deleted"
	case ACLChanged:
		return "acl"
	}
	return ""
}

// Change is what one transaction did to one node. Data is the new data of a created or changed node and must not
// be modified; Version is the data version after the change, for an ACL change the ACL version.
type Change struct {
	Kind    ChangeKind
	Path    string
	Data    []byte
	Version int32
	Owner   int64 // the session of an ephemeral node, else 0
}

// Transaction is one committed transaction as a follower of the feed sees it: its changes all happened at once,
// in the order given. Time is the leader's clock, milliseconds since the Unix epoch.
type Transaction struct {
	Zxid    int64
	Time    int64
	Session int64 // who wrote it, 0 for the server itself
	Changes []Change
}
