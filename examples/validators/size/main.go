// Size is a validator that bounds the data and the children of nodes. See its README.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

// none stands for a limit that is not one.
const none = -1

// limit is what the nodes that a pattern matches may have.
type limit struct {
	glob     sdk.Glob
	bytes    int // of data
	children int
}

// limits are tried in order; the first whose pattern matches the path counts.
var limits []limit

func init() {
	guest.Configure(func(settings []byte) (err error) {
		limits, err = parse(string(settings))
		return err
	})
	guest.Validate(judge)
}

func main() {}

func parse(settings string) (list []limit, err error) {
	at := 0
	for line := range strings.Lines(settings) {
		at++
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		limit, err := parseLimit(fields)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", at, err)
		}
		list = append(list, limit)
	}
	if len(list) == 0 {
		return nil, errors.New("no limits")
	}
	return list, nil
}

func parseLimit(fields []string) (limit, error) {
	if len(fields) < 2 || len(fields) > 3 {
		return limit{}, fmt.Errorf("%d words where a pattern and one or two numbers belong", len(fields))
	}
	glob, err := sdk.ParseGlob(fields[0])
	if err != nil {
		return limit{}, err
	}
	l := limit{glob: glob, children: none}
	if l.bytes, err = number(fields[1], "bytes"); err == nil && len(fields) == 3 {
		l.children, err = number(fields[2], "children")
	}
	return l, err
}

func number(text, what string) (int, error) {
	if text == "-" {
		return none, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%q is no number of %s", text, what)
	}
	return int(n), nil
}

func judge(write *sdk.Write) error {
	if limits == nil {
		return errors.New("this module needs settings: lines of a pattern, a number of bytes and, if need be, of children")
	}
	for i := range write.Ops {
		reason := cmp.Or(data(&write.Ops[i]), children(write, &write.Ops[i]))
		if reason != "" {
			return &sdk.Rejection{Op: i, Code: sdk.CodeBadArguments, Reason: reason}
		}
	}
	return nil
}

// limitOf is the first limit whose pattern matches.
func limitOf(path string, match func(sdk.Glob, string) bool) (limit, bool) {
	for _, l := range limits {
		if match(l.glob, path) {
			return l, true
		}
	}
	return limit{}, false
}

// data says what is wrong with the size of the data. It needs not look at the kind: only what is made or set has some.
func data(op *sdk.WriteOp) string {
	match := sdk.Glob.Match
	if op.Mode.Sequential() {
		match = sdk.Glob.MatchNumbered
	}
	if l, ok := limitOf(op.Path, match); ok && l.bytes != none && len(op.Data) > l.bytes {
		return fmt.Sprintf("%s: %d bytes, at most %d are allowed", op.Path, len(op.Data), l.bytes)
	}
	return ""
}

// children says what is wrong with how many children the parent of a new node has after the whole write.
func children(write *sdk.Write, op *sdk.WriteOp) string {
	if change(op) <= 0 {
		return ""
	}
	folder := parent(op.Path)
	l, ok := limitOf(folder, sdk.Glob.Match)
	switch {
	case !ok || l.children == none:
		return ""
	case write.Tree == nil:
		return "this module needs a rule with reads tree, to count children"
	}
	grown := 0
	for i := range write.Ops {
		if parent(write.Ops[i].Path) == folder {
			grown += change(&write.Ops[i])
		}
	}
	if count := len(write.Tree.Children(folder)) + grown; grown > 0 && count > l.children {
		return fmt.Sprintf("%s: %d children, at most %d are allowed", folder, count, l.children)
	}
	return ""
}

// change is by how many nodes an operation makes its parent's children more.
func change(op *sdk.WriteOp) int {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL:
		return 1
	case sdk.OpDelete:
		return -1
	}
	return 0
}

// parent is the path before the last slash; the name of a sequential node may be nothing but its number.
func parent(path string) string {
	at := strings.LastIndexByte(path, '/')
	if at <= 0 {
		return "/"
	}
	return path[:at]
}
