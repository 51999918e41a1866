package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// rule says what the rooms that fit a pattern may import. A pattern is a room, or a room and all below it: "sdk/...".
// The first rule that fits a room counts.
type rule struct {
	rooms  []string
	ours   []string // patterns of this module
	others []string // patterns of other modules; none: the standard library only
	never  []string // packages of the standard library
}

// fits reports whether a path fits one of the patterns.
func fits(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		root, wide := strings.CutSuffix(pattern, "...")
		return path == strings.TrimSuffix(root, "/") || wide && strings.HasPrefix(path, root)
	})
}

var everything = []string{"..."}

// impure is what a room without clock, goroutines, I/O and random has no use for. Atomics are none of it: readers of
// one tree may run together, and what one of them has worked out is of use to the others.
var impure = []string{
	"context", "crypto/rand", "io/fs", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "os/exec",
	"sync", "time",
}

// rules are the import rules of the house, the narrow ones before the wide ones.
var rules = []rule{
	{rooms: []string{"sdk"}},
	{rooms: []string{"sdk/wire", "sdk/abi", "sdk/digest"}, ours: []string{"sdk"}},
	{rooms: []string{"sdk/guest/..."}, ours: []string{"sdk", "sdk/abi", "sdk/guest/..."}},
	{rooms: []string{"sdk/client/..."}, ours: []string{"sdk", "sdk/wire", "sdk/client/..."}},
	{rooms: []string{"sdk/plugin/..."}, ours: []string{"sdk", "sdk/plugin/..."}, others: everything},
	{rooms: []string{"sdk/sdktest"}, ours: []string{"sdk"}, others: everything},

	{rooms: []string{"core/tree", "core/txn", "core/watch"}, ours: []string{"sdk"}, never: impure},
	{rooms: []string{"core/replica"}, others: everything},
	{rooms: []string{"core/..."}, ours: []string{"sdk", "sdk/digest", "core/..."}, others: everything},

	{rooms: []string{"wasm/wasmtest"}, ours: []string{"sdk/...", "wasm/..."}, others: everything},
	{rooms: []string{"wasm/..."}, ours: []string{"sdk", "sdk/abi", "wasm/..."}, others: []string{"github.com/tetratelabs/wazero/..."}},
	{rooms: []string{"plugins/..."}, ours: []string{"sdk", "sdk/plugin/...", "plugins/..."}, others: everything},
	{rooms: []string{"examples/..."}, ours: []string{"sdk/...", "examples/..."}, others: everything},
	{rooms: []string{"cmd/..."}, ours: everything, others: everything},
}

// koanf is for cmd alone: every other room is told its settings by whoever opens it.
const koanf = "github.com/knadh/koanf/"

func ruleFor(name string) (rule, bool) {
	if adapter, ok := strings.CutPrefix(name, "adapters/"); ok {
		own, _, _ := strings.Cut(adapter, "/")
		return rule{ours: []string{"sdk/...", "adapters/" + own + "/..."}, others: everything}, true
	}
	i := slices.IndexFunc(rules, func(r rule) bool { return fits(name, r.rooms) })
	if i < 0 {
		return rule{}, false
	}
	return rules[i], true
}

// refuses says why a room may not import path, or "".
func (r rule) refuses(name, path string) string {
	target, ours := room(path)
	switch {
	case ours && fits(target, []string{"cmd/..."}) && !fits(name, []string{"cmd/..."}):
		return "nothing imports cmd"
	case ours && !fits(target, r.ours):
		return fmt.Sprintf("of this module it may import %q", r.ours)
	case ours:
		return ""
	case strings.HasPrefix(path, koanf) && !fits(name, []string{"cmd/..."}):
		return "only cmd imports koanf"
	case slices.Contains(r.never, path):
		return "this room has no clock, goroutine, I/O or random"
	case standard(path) || fits(path, r.others):
		return ""
	}
	return "it may not import that module"
}

func TestImportRules(t *testing.T) {
	for _, p := range list(t) {
		name, _ := room(p.ImportPath)
		r, ok := ruleFor(name)
		if !ok {
			t.Errorf("%s: no import rule for this room", name)
			continue
		}
		for _, path := range p.Imports {
			if why := r.refuses(name, path); why != "" {
				t.Errorf("%s imports %s: %s", name, path, why)
			}
		}
	}
}

// TestImportRulesRefuse shows that the rules can say no.
func TestImportRulesRefuse(t *testing.T) {
	for _, test := range []struct{ room, path string }{
		{"sdk", "google.golang.org/grpc"},
		{"sdk/wire", modulePath + "/core"},
		{"sdk/client", modulePath + "/sdk/plugin"},
		{"sdk/abi", "github.com/tetratelabs/wazero"},
		{"core/tree", "time"},
		{"core/tree", modulePath + "/core/session"},
		{"core/replica", modulePath + "/core/tree"},
		{"core/replica", modulePath + "/core/session"},
		{"core/replica", koanf + "v2"},
		{"core", modulePath + "/adapters/zookeeper"},
		{"core", modulePath + "/cmd/internal/lint"},
		{"adapters/nats", modulePath + "/core"},
		{"adapters/nats", modulePath + "/adapters/admin"},
		{"wasm", "github.com/hashicorp/raft"},
		{"plugins", modulePath + "/core"},
		{"examples/frontend-lines", modulePath + "/core"},
	} {
		r, ok := ruleFor(test.room)
		if !ok || r.refuses(test.room, test.path) == "" {
			t.Errorf("%s may import %s", test.room, test.path)
		}
	}
}
