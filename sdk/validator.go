package sdk

import "context"

// Validator says yes or no to writes. Validate may be called by many goroutines at once.
type Validator interface {
	// Name is the name of its rule.
	Name() string
	// Validate admits the write with nil and refuses it with a *Rejection. Any other error means that the validator
	// itself failed; what happens then is the rule's choice. It must not keep anything of the write.
	Validate(ctx context.Context, write Write) error
}

// Write is one write as a validator sees it: a single operation, or all operations of a multi together.
type Write struct {
	Session    int64
	Time       int64 // the accepting node's clock, milliseconds since the Unix epoch
	Identities []Identity
	Multi      bool
	Ops        []WriteOp
	Tree       Tree // nil unless the rule says that its module reads the tree
}

// Tree is what a validator may read beside the write: the tree as it is before it. It is good until Validate returns.
// When the write is applied, all that was read is still so, or else the write is judged again. The number of nodes
// that one call may read is bounded; a call that reads more has failed, whatever it says.
type Tree interface {
	// Get is the node at path, whoever may see it.
	Get(path string) Node
	// Children are the names below a node in ascending order; none for one that is not there.
	Children(path string) []string
}

// Node is a node as a validator sees it. Of its Stat only what changes with the data is told: czxid, mzxid, ctime,
// mtime, version, owner and length.
type Node struct {
	Present bool // false: there is no such node, and the rest is zero
	Stat    Stat
	Data    []byte
}

// WriteOp is one operation of a write. A sequential create shows the name without its number.
type WriteOp struct {
	Kind    OpKind
	Mode    CreateMode
	Version int32 // expected, AnyVersion for none
	Path    string
	Data    []byte
	ACL     []ACL

	// Old is the node at Path as this operation meets it, the operations before it in a multi included; their times and
	// zxids are zero. Nil unless the rule says that its module reads it. A sequential create meets none.
	Old *Node
}

// Rejection is a validator's no.
type Rejection struct {
	Op     int  // which operation of the write
	Code   Code // what ZooKeeper clients get: CodeBadArguments or CodeNoAuth
	Reason string
}

// Error is the reason.
func (r *Rejection) Error() string { return "refused: " + r.Reason }

// Module is a validator's program and what it may use. Zero limits mean the engine's defaults.
type Module struct {
	Name     string // of the rule
	Code     []byte
	Settings []byte // handed to the module once, nil for none
	Fuel     uint64 // of one call
	Memory   uint64 // bytes of one instance
}

// Engine makes validators of modules. Load refuses, with the reason in one line, a module that does not compile,
// lacks the interface, imports what it must not or does not take its settings. The validator holds resources until
// it is closed (it is an io.Closer); closing waits for calls under way.
type Engine interface {
	Load(ctx context.Context, module Module) (Validator, error)
}

// Denial is one refused write, kept for people to read.
type Denial struct {
	Time      int64      `json:"time"` // milliseconds since the Unix epoch
	Validator string     `json:"validator"`
	Path      string     `json:"path"`
	Op        string     `json:"op"`
	Session   int64      `json:"session"`
	Who       []Identity `json:"who"`
	Reason    string     `json:"reason"`
}
