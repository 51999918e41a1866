package rehearse

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/grove-coordination/grove/sdk"
)

// Transaction is a line of the change log as the admin address gives it.
type Transaction struct {
	Zxid    int64    `json:"zxid"`
	Time    int64    `json:"time"`
	Session int64    `json:"session"` // 0 for the server itself
	Changes []Change `json:"changes"`
}

// Change is what a transaction did to a node. Kind is created, changed, deleted or acl.
type Change struct {
	Kind    string `json:"kind"`
	Path    string `json:"path"`
	Data    []byte `json:"data"`
	Version int32  `json:"version"`
	Owner   int64  `json:"owner"`
}

// ReadLog reads transactions, one after the other, until the end. The error names the line that is none.
func ReadLog(from io.Reader) (log []Transaction, err error) {
	decoder := json.NewDecoder(from)
	for {
		var t Transaction
		switch err := decoder.Decode(&t); {
		case errors.Is(err, io.EOF):
			return log, nil
		case err != nil:
			return nil, fmt.Errorf("line %d of the change log: %w", len(log)+1, err)
		}
		log = append(log, t)
	}
}

// op is the operation that has this effect, and nil for an effect of a kind that is not known.
func (c *Change) op() *sdk.Op {
	op := &sdk.Op{Path: c.Path, Data: c.Data, Version: sdk.AnyVersion}
	switch c.Kind {
	case sdk.Created.String():
		op.Kind = sdk.OpCreate
		if c.Owner > 0 {
			op.Mode = sdk.ModeEphemeral
		}
	case sdk.Changed.String():
		op.Kind = sdk.OpSetData
	case sdk.Deleted.String():
		op.Kind = sdk.OpDelete
	case sdk.ACLChanged.String():
		op.Kind = sdk.OpSetACL
	default:
		return nil
	}
	return op
}

// write is the operation, or the multi, that a transaction was.
func (t *Transaction) write() *sdk.Op {
	var ops []sdk.Op
	for i := range t.Changes {
		if op := t.Changes[i].op(); op != nil {
			ops = append(ops, *op)
		}
	}
	switch len(ops) {
	case 0:
		return nil
	case 1:
		return &ops[0]
	}
	return &sdk.Op{Kind: sdk.OpMulti, Ops: ops}
}
