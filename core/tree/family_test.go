package tree

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// checkFamilies walks the tree and counts what families say without counting.
func checkFamilies(t *testing.T, tree *Tree) {
	t.Helper()
	paths := 0
	var walk func(path string, at number) (nodes, bytes int64)
	walk = func(path string, at number) (nodes, bytes int64) {
		n := tree.nodes.at(at)
		paths += len(path)
		if tree.path(at) != path {
			t.Errorf("%q believes it is %q", path, tree.path(at))
		}
		nodes, bytes = 1, int64(len(tree.data(n)))
		for _, name := range tree.names(n) {
			child := tree.child(at, name)
			if child == 0 || tree.nodes.at(child).parent != at {
				t.Fatalf("%q is not found, or does not know its parent", sdk.JoinPath(path, name))
			}
			below, size := walk(sdk.JoinPath(path, name), child)
			nodes, bytes = nodes+below, bytes+size
		}
		if gotNodes, gotBytes := tree.extent(n); gotNodes != nodes || gotBytes != bytes {
			t.Errorf("%q extends over %d nodes and %d bytes, want %d and %d", path, gotNodes, gotBytes, nodes, bytes)
		}
		if n.family != 0 && !slices.Equal(tree.names(n), tree.order(tree.families.at(n.family)).names) {
			t.Errorf("%q holds old names %q", path, tree.names(n))
		}
		if tree.children(n) != int64(len(tree.names(n))) {
			t.Errorf("%q has %d children, and names %q", path, tree.children(n), tree.names(n))
		}
		return nodes, bytes
	}
	if nodes, _ := walk(rootPath, tree.root); nodes != tree.Len() {
		t.Errorf("%d nodes, and Len is %d", nodes, tree.Len())
	}
	if tree.text != int64(paths) {
		t.Errorf("paths of %d bytes, want %d", tree.text, paths)
	}
}

func TestListOfChildrenIsSharedUntilItChanges(t *testing.T) {
	tree, op := New(), sdk.Op{Kind: sdk.OpGetChildren, Path: "/a"}
	list := func() []string {
		result, code := tree.Read(nil, &op)
		if code != sdk.OK {
			t.Fatal(code)
		}
		return result.Children
	}
	for _, path := range []string{"/a", "/a/y", "/a/x"} {
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: path})
	}
	first := list()
	if again := list(); &again[0] != &first[0] {
		t.Error("an unchanged list was made twice")
	}
	if n := testing.AllocsPerRun(100, func() { list() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: "/a/w"})
	second := list()
	mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: "/a/x", Version: sdk.AnyVersion})
	third := list()
	for i, want := range [][]string{{"x", "y"}, {"w", "x", "y"}, {"w", "y"}} {
		if got := [][]string{first, second, third}[i]; !slices.Equal(got, want) || cap(got) != len(want) {
			t.Errorf("list %d became %q with room for %d", i, got, cap(got))
		}
	}
}

// TestListsOfManyChanges asks for a list now and then while children come, go and come back: it is always the one that
// would be made afresh.
func TestListsOfManyChanges(t *testing.T) {
	r, tree := rand.New(rand.NewPCG(8, 8)), New()
	for i := range 5_000 {
		path := fmt.Sprintf("/n%d", r.IntN(300))
		if tree.find(path) == 0 {
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: path})
		} else {
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion})
		}
		if i%7 != 0 && (i%100 > 20 || r.IntN(2) == 0) {
			continue
		}
		f := tree.families.at(tree.nodes.at(tree.root).family)
		if got, want := tree.Children(rootPath), tree.order(f).names; !slices.Equal(got, want) || cap(got) != len(want) {
			t.Fatalf("after %d changes: %d names with room for %d, want %d:\n%q\n%q", i, len(got), cap(got), len(want), got, want)
		}
		if held := f.sorted.Load(); held.spent > 64+len(held.names) {
			t.Fatalf("a list of %d names holds the memory of %d that left", len(held.names), held.spent)
		}
	}
}

// TestReadersTogether is for the race detector: the first readers after a change all make the list.
func TestReadersTogether(t *testing.T) {
	tree := New()
	for i := range 100 {
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/n%02d", i)})
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				if list := tree.Children(rootPath); len(list) != i+2 || !slices.IsSorted(list) {
					t.Errorf("children %q", list)
				}
			})
		}
		readers.Wait()
	}
}
