package admit

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// orphanAge is how long a module that no rule names may lie untouched: whoever stages one installs its rule after that.
const orphanAge = time.Hour

// Orphans lists the nodes of modules that no rule names, now or to go back to, and that nobody has touched for an hour at
// the time given in milliseconds since the Unix epoch: whole ones and those that were never finished. Children stand before
// their parents, and the order is always the same. A node below /grove/modules whose name is no digest is no module, and
// is left alone. As long as there is a rule that cannot be read there are none, for it may name any.
//
// It is a pure function of what nodes gives. Whoever removes them has to make sure that the rules are still the same then.
func Orphans(nodes Nodes, now int64) []string {
	needed, ok := neededModules(nodes)
	if !ok {
		return nil
	}
	var list []string
	modules, _ := nodes.Children(ModuleRoot)
	for _, digest := range modules {
		if needed[digest] || !isDigest(digest) {
			continue
		}
		if paths, touched := walk(nodes, sdk.JoinPath(ModuleRoot, digest)); now-touched >= orphanAge.Milliseconds() {
			list = append(list, paths...)
		}
	}
	return list
}

// neededModules are the digests that rules name, unless one of them cannot be read.
func neededModules(nodes Nodes) (needed map[string]bool, ok bool) {
	needed = make(map[string]bool)
	names, _ := nodes.Children(RulesRoot)
	for _, name := range names {
		var rule struct{ Module, Previous string }
		if json.Unmarshal(nodes.Get(sdk.JoinPath(RulesRoot, name)).Data, &rule) != nil {
			return nil, false
		}
		needed[rule.Module], needed[rule.Previous] = true, true
	}
	return needed, true
}

// walk lists a node after all below it, and tells when one of them was last made or set.
func walk(nodes Nodes, root string) (paths []string, touched int64) {
	stack := []string{root}
	for len(stack) > 0 {
		path := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		paths = append(paths, path)
		touched = max(touched, nodes.Get(path).Stat.Mtime)
		names, _ := nodes.Children(path)
		for _, name := range names {
			stack = append(stack, sdk.JoinPath(path, name))
		}
	}
	slices.Reverse(paths) // every node was met before its children
	return paths, touched
}
