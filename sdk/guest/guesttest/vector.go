package guesttest

import (
	"encoding/hex"
	"maps"
	"slices"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/abi"
)

// Vector is a request and what a probe has to answer.
type Vector struct {
	Name     string
	Settings []byte // nil for none
	Request  []byte
	Tree     *Tree // nil when the module may not read one

	Form    string // of the write, not cut; "" when it is not refused
	Log     string // what is logged, "" for nothing
	Trap    bool   // the request is not in the layout
	Verdict []byte // nil to admit
}

// Tree is a sdk.Tree of nodes in maps.
type Tree struct {
	Nodes map[string]sdk.Node
	Names map[string][]string
}

var _ sdk.Tree = (*Tree)(nil)

// Get implements sdk.Tree.
func (t *Tree) Get(path string) sdk.Node { return t.Nodes[path] }

// Children implements sdk.Tree.
func (t *Tree) Children(path string) []string { return t.Names[path] }

// Judged is the vector with what a probe says to its request.
func Judged(v Vector) Vector {
	v.judge()
	return v
}

func (v *Vector) judge() {
	var write sdk.Write
	if v.Trap = abi.DecodeRequest(v.Request, &write, v.tree()) != nil; v.Trap {
		return
	}
	if rejection := Answer(&write, v.Settings, func(line string) { v.Log = line }); rejection != nil {
		v.Form = rejection.Reason
		rejection.Reason = rejection.Reason[:min(len(rejection.Reason), abi.MaxReason)]
		v.Verdict = abi.AppendVerdict(nil, rejection)
	}
}

// tree is nil, and not an interface of a nil pointer, when there is none.
func (v *Vector) tree() sdk.Tree {
	if v.Tree == nil {
		return nil
	}
	return v.Tree
}

// heading explains the text to those who read it without this package.
const heading = `# Requests to validators, and what the probe of every guest kit answers. Made by go test ./sdk/abi -update; what a
# probe does is told in sdk/guest/guesttest. Bytes are hexadecimal.
#
# name       begins a vector
# settings   given to grove_configure before; left out for none
# node       a path, and what grove.get answers: a node
# children   a path, and what grove.children answers
# log        what is logged
# request    given to grove_validate
# form       the reason, before it is cut
# verdict    "admit", "trap", or the verdict
`

// Text is the vectors as text.
func Text(vectors []Vector) []byte {
	text := []byte(heading)
	line := func(words ...string) {
		for i, word := range words {
			if i > 0 {
				text = append(text, ' ')
			}
			text = append(text, word...)
		}
		text = append(text, '\n')
	}
	for i := range vectors {
		vectors[i].lines(line)
	}
	return text
}

func (v *Vector) lines(line func(words ...string)) {
	line()
	line("name", v.Name)
	if v.Settings != nil {
		line("settings", hex.EncodeToString(v.Settings))
	}
	if v.Tree != nil {
		for _, path := range slices.Sorted(maps.Keys(v.Tree.Nodes)) {
			node := v.Tree.Nodes[path]
			line("node", path, hex.EncodeToString(abi.AppendNode(nil, &node)))
		}
		for _, path := range slices.Sorted(maps.Keys(v.Tree.Names)) {
			line("children", path, hex.EncodeToString(abi.AppendChildren(nil, v.Tree.Names[path])))
		}
	}
	if v.Log != "" {
		line("log", v.Log)
	}
	line("request", hex.EncodeToString(v.Request))
	if v.Form != "" {
		line("form", v.Form)
	}
	line("verdict", v.verdict())
}

func (v *Vector) verdict() string {
	switch {
	case v.Trap:
		return "trap"
	case v.Verdict == nil:
		return "admit"
	}
	return hex.EncodeToString(v.Verdict)
}
