package admit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

// old is a world's tree with times of last change.
type old struct {
	*world
	times map[string]int64
}

func (o old) Get(path string) sdk.Node {
	node := o.world.Get(path)
	node.Stat.Mtime = o.times[path]
	return node
}

func TestOrphans(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	o := old{w, map[string]int64{}}
	now := (1000 * time.Hour).Milliseconds()
	used, previous := w.stage("used"), w.stage("previous")
	unused, half, young, busy := w.stage("unused"), w.stage("half of it"), w.stage("young"), w.stage("being uploaded")
	w.nodes[admit.RulesRoot+"/r"] = fmt.Sprintf(`{"module":%q,"previous":%q,"from":"a later version"}`, used, previous)
	w.nodes[admit.RulesRoot], w.nodes[admit.ModuleRoot] = "", ""
	w.nodes[admit.ModuleRoot+"/README"] = "not a module"
	delete(w.nodes, admit.ModuleRoot+"/"+half+"/0001")
	w.nodes[admit.ModuleRoot+"/"+unused+"/0000/deep"] = "whoever put it there"
	for path := range w.nodes {
		o.times[path] = now - time.Hour.Milliseconds()
	}
	o.times[admit.ModuleRoot+"/"+young]++
	o.times[admit.ModuleRoot+"/"+busy+"/0001"] = now
	want := func(digest string, names ...string) (paths []string) {
		for _, name := range names {
			paths = append(paths, admit.ModuleRoot+"/"+digest+name)
		}
		return paths
	}
	expected := [][]string{want(unused, "/0000/deep", "/0000", "/0001", ""), want(half, "/0000", "")}
	slices.SortFunc(expected, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	for range 3 {
		if got := admit.Orphans(o, now); !slices.Equal(got, slices.Concat(expected...)) {
			t.Errorf("orphans %q, want %q", got, expected)
		}
	}
	w.nodes[admit.RulesRoot+"/torn"] = "{"
	if got := admit.Orphans(o, now); got != nil {
		t.Errorf("a rule cannot be read, and %q is to go", got)
	}
}
