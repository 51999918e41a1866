package rehearse

import (
	"encoding/json"
	"fmt"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

// stage is a tree with a module in it.
type stage struct {
	module map[string][]byte
	path   string      // of the module
	tree   admit.Nodes // everything else; nil for nothing
}

var _ admit.Nodes = (*stage)(nil)

func newStage(digest string, code []byte) *stage {
	path := sdk.JoinPath(admit.ModuleRoot, digest)
	return &stage{path: path, module: map[string][]byte{
		path:                       fmt.Appendf(nil, `{"size":%d,"chunks":1}`, len(code)),
		sdk.JoinPath(path, "0000"): code,
	}}
}

// Get implements admit.Nodes.
func (s *stage) Get(path string) sdk.Node {
	if data, ok := s.module[path]; ok || s.tree == nil {
		return sdk.Node{Present: ok, Data: data}
	}
	return s.tree.Get(path)
}

// Children implements admit.Nodes.
func (s *stage) Children(path string) ([]string, int64) {
	switch {
	case path == s.path:
		return []string{"0000"}, 0
	case s.tree == nil:
		return nil, 0
	}
	return s.tree.Children(path)
}

// Allowed implements admit.Nodes.
func (s *stage) Allowed([]sdk.Identity, *sdk.Op) sdk.Code { return sdk.OK }

// encode is the rule as its node has it.
func encode(rule admit.Rule) ([]byte, error) {
	if rule.Reads == "" {
		rule.Reads = admit.ReadsNone
	}
	if rule.Super == "" {
		rule.Super = admit.SuperJudged
	}
	return json.Marshal(rule)
}
