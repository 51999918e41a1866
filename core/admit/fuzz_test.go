package admit

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// FuzzParseRule looks for contents of rule nodes that are not read as they are written again, or that cannot be matched
// with paths; what is no rule must be salvaged or left alone, and either must end.
func FuzzParseRule(f *testing.F) {
	digest := strings.Repeat("ab", 32)
	f.Add(fmt.Appendf(nil, `{"module":%q,"paths":["/config/**","/a/*-x"],"kinds":["set"],"mode":"audit","reads":"tree","settings":{"a":1}}`, digest), "/config/a")
	f.Add(fmt.Appendf(nil, `{"module":%q,"paths":["/"],"on_error":"allow","super":"bypass","order":-1,"fuel":7,"settings":"text"}`, digest), "/")
	f.Add([]byte(`{"paths":["/a/**/b/**/c"],"from":"the future"}`), "/a/b/c")
	f.Fuzz(func(t *testing.T, data []byte, path string) {
		op := &sdk.Op{Kind: sdk.OpSetData, Path: path}
		rule, err := ParseRule("r", data)
		if err != nil {
			if rule = salvage("r", data); rule != nil {
				rule.touches(op)
			}
			return
		}
		rule.touches(op)
		written, err := json.Marshal(rule)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseRule("r", written)
		if err != nil {
			t.Fatalf("%s is no rule: %v", written, err)
		}
		if !reflect.DeepEqual(again.globs, rule.globs) || again.key() != rule.key() || again.touches(op) != rule.touches(op) {
			t.Fatalf("%s read again is another rule", written)
		}
	})
}
