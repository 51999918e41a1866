// References is a validator under which nodes of one folder only name nodes of another that exist. See its README.
package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

// from holds nodes whose data is the name of a node below to.
var from, to = "/routes", "/services"

func init() {
	guest.Configure(configure)
	guest.Validate(judge)
}

func main() {}

func configure(settings []byte) error {
	folders := strings.Fields(string(settings))
	if len(folders) != 2 || !strings.HasPrefix(folders[0], "/") || !strings.HasPrefix(folders[1], "/") || folders[0] == folders[1] {
		return errors.New("two folders are needed: the one whose nodes name, and the one whose nodes are named")
	}
	from, to = folders[0], folders[1]
	return nil
}

// judge looks at what will be after the whole write: in a multi, only that counts.
func judge(write *sdk.Write) error {
	if write.Tree == nil {
		return errors.New("this module needs a rule with reads tree")
	}
	for i := range write.Ops {
		if reason := check(write, &write.Ops[i]); reason != "" {
			return &sdk.Rejection{Op: i, Code: sdk.CodeBadArguments, Reason: write.Ops[i].Path + ": " + reason}
		}
	}
	return nil
}

func check(write *sdk.Write, op *sdk.WriteOp) string {
	parent, name := sdk.SplitPath(op.Path)
	switch {
	case op.Kind == sdk.OpSetACL:
	case parent == from && op.Kind != sdk.OpDelete:
		if target := string(op.Data); last(write, op) && !exists(write, target) {
			return fmt.Sprintf("names %q, which is not below %s", target, to)
		}
	case parent == to && op.Kind == sdk.OpDelete:
		if route := namedBy(write, name); route != "" && last(write, op) {
			return "is named by " + route
		}
	case parent == to && !lasting(op):
		return "may be named, and must not go by itself"
	}
	return ""
}

// lasting reports whether what an operation makes stays until somebody deletes it.
func lasting(op *sdk.WriteOp) bool {
	return op.Kind != sdk.OpCreateContainer && op.Kind != sdk.OpCreateTTL &&
		(op.Mode == sdk.ModePersistent || op.Mode == sdk.ModePersistentSequential)
}

// exists reports whether the write leaves a node of that name to be named.
func exists(write *sdk.Write, name string) bool {
	if name == "" || strings.Contains(name, "/") {
		return false
	}
	path := sdk.JoinPath(to, name)
	if op := lastTo(write, path); op != nil {
		return op.Kind != sdk.OpDelete
	}
	return write.Tree.Get(path).Present
}

// namedBy is a node of the tree that names another, and is not itself written by this write.
func namedBy(write *sdk.Write, name string) string {
	for _, child := range write.Tree.Children(from) {
		path := sdk.JoinPath(from, child)
		if lastTo(write, path) == nil && string(write.Tree.Get(path).Data) == name {
			return path
		}
	}
	return ""
}

// last reports whether no later operation of the write is about the same node. A sequential create has one of its own.
func last(write *sdk.Write, op *sdk.WriteOp) bool {
	return op.Mode.Sequential() || lastTo(write, op.Path) == op
}

// lastTo is the last operation of a write that makes, sets or deletes a node.
func lastTo(write *sdk.Write, path string) (found *sdk.WriteOp) {
	for i := range write.Ops {
		if op := &write.Ops[i]; op.Path == path && op.Kind != sdk.OpSetACL && !op.Mode.Sequential() {
			found = op
		}
	}
	return found
}
