package client

import (
	"errors"
	"fmt"

	"github.com/grove-coordination/grove/sdk"
)

// ErrNoSession is the reason of Dial when a server took the connection and gave no session: it does not serve, as without
// a quorum, or it is no server of this protocol.
var ErrNoSession = errors.New("no session")

// errBroken is returned by conn.send when the connection was already gone: nothing has been sent.
var errBroken = errors.New("connection is broken")

// words are the operations as callers know them.
var words = map[sdk.OpKind]string{
	sdk.OpCreate: "create", sdk.OpCreate2: "create", sdk.OpDelete: "delete", sdk.OpExists: "exists", sdk.OpGetData: "get",
	sdk.OpSetData: "set", sdk.OpGetACL: "get ACL of", sdk.OpSetACL: "set ACL of", sdk.OpGetChildren2: "list",
	sdk.OpReconfig: "reconfig", sdk.OpSync: "sync", sdk.OpCheck: "check", sdk.OpMulti: "multi", sdk.OpCloseSession: "close session",
}

// failure says what was being done, and to which node.
func failure(op *sdk.Op, err error) error {
	switch {
	case err == nil:
		return nil
	case op.Path == "":
		return fmt.Errorf("%s: %w", words[op.Kind], err)
	case errors.Is(err, sdk.CodeBadArguments):
		if bad := sdk.ValidatePath(op.Path); bad != nil {
			return fmt.Errorf("%s: %w: %w", words[op.Kind], bad, err)
		}
	}
	return fmt.Errorf("%s %s: %w", words[op.Kind], op.Path, err)
}

// multiFailure names the operation that made a multi fail: the one whose code is neither success nor the one that
// the operations behind it get.
func multiFailure(ops []sdk.Op, results []sdk.OpResult) error {
	for i, r := range results {
		if i < len(ops) && r.Code != sdk.OK && r.Code != sdk.CodeRuntimeInconsistency {
			return fmt.Errorf("multi: operation %d: %w", i+1, failure(&ops[i], r.Code))
		}
	}
	if len(results) > 0 && results[0].Kind == sdk.OpError {
		return fmt.Errorf("multi: %w", sdk.CodeRuntimeInconsistency)
	}
	return nil
}
