package watch_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// BenchmarkFanOut has 10,000 watchers ask for one path and be told.
func BenchmarkFanOut(b *testing.B) {
	table := watch.New()
	table.Add(0, watch.Data, "/elsewhere") // so that the table is never empty and keeps its memory
	told := 0
	for b.Loop() {
		crowd(table, 10_000, "/a")
		table.Fire(watch.Firing{Kind: sdk.Changed, Path: "/a"}, func(watch.ID, *sdk.Event) { told++ })
	}
	if told != b.N*10_000 {
		b.Fatalf("told %d", told)
	}
}

// BenchmarkCrowdLeaves has 10,000 watchers of one path lose their connections, one by one.
func BenchmarkCrowdLeaves(b *testing.B) {
	table := watch.New()
	table.Add(0, watch.Data, "/elsewhere")
	for b.Loop() {
		crowd(table, 10_000, "/a")
		for id := range watch.ID(10_000) {
			table.Drop(id + 1)
		}
	}
}

// BenchmarkOneWatchesMuch has one watcher ask for 100,000 paths, be told of half and lose its connection.
func BenchmarkOneWatchesMuch(b *testing.B) {
	paths := make([]string, 100_000)
	for i := range paths {
		paths[i] = fmt.Sprintf("/some/where/%06d", i)
	}
	table := watch.New()
	for b.Loop() {
		for _, path := range paths {
			table.Add(1, watch.Data, path)
		}
		for _, path := range paths[:50_000] {
			table.Fire(watch.Firing{Kind: sdk.Changed, Path: path}, func(watch.ID, *sdk.Event) {})
		}
		table.Drop(1)
	}
}

// BenchmarkStaying tells 10,000 persistent watchers of one path.
func BenchmarkStaying(b *testing.B) {
	table := watch.New()
	for id := range watch.ID(10_000) {
		table.Add(id+1, watch.Persistent, "/a")
	}
	told := 0
	for b.Loop() {
		table.Fire(watch.Firing{Kind: sdk.Changed, Path: "/a"}, func(watch.ID, *sdk.Event) { told++ })
	}
	if told != b.N*10_000 {
		b.Fatalf("told %d", told)
	}
}

// BenchmarkRecursiveElsewhere is what a write costs, five levels deep, while 10,000 watch recursively somewhere else.
func BenchmarkRecursiveElsewhere(b *testing.B) {
	table := watch.New()
	for id := range watch.ID(10_000) {
		table.Add(id+1, watch.Recursive, fmt.Sprintf("/some/where/%04d", id))
	}
	for b.Loop() {
		table.Fire(watch.Firing{Kind: sdk.Changed, Path: "/a/path/of/five/levels"}, func(watch.ID, *sdk.Event) {})
	}
}

// BenchmarkDeep is what a write costs at the end of a path of 100,000 levels, below one who watches recursively.
func BenchmarkDeep(b *testing.B) {
	table := watch.New()
	table.Add(1, watch.Recursive, "/")
	path := strings.Repeat("/a", 100_000)
	for b.Loop() {
		table.Fire(watch.Firing{Kind: sdk.Changed, Path: path}, func(watch.ID, *sdk.Event) {})
	}
}

// BenchmarkUnwatched is what a write costs that nobody watches.
func BenchmarkUnwatched(b *testing.B) {
	table := watch.New()
	crowd(table, 10_000, "/a")
	for b.Loop() {
		table.Fire(watch.Firing{Kind: sdk.Created, Path: "/some/where/else"}, func(watch.ID, *sdk.Event) {})
	}
}
