package tree

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

func BenchmarkGetData(b *testing.B) {
	tree, paths := wide(b, 100_000)
	op := sdk.Op{Kind: sdk.OpGetData}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		op.Path = paths[i*7919%len(paths)]
		if _, code := tree.Read(nil, &op); code != sdk.OK {
			b.Fatal(code)
		}
	}
}

func BenchmarkCreate(b *testing.B) {
	tree := New()
	acl, data := sdk.OpenACL(), make([]byte, 100)
	var effects []Effect
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		op := sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/node-%d", i), ACL: acl, Data: data}
		var code sdk.Code
		if _, code, effects = tree.Write(Stamp{Zxid: int64(i)}, Actor{}, &op, effects[:0]); code != sdk.OK {
			b.Fatal(code)
		}
	}
}

func BenchmarkSetData(b *testing.B) {
	tree, paths := wide(b, 100_000)
	data := make([]byte, 100)
	var effects []Effect
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		op := sdk.Op{Kind: sdk.OpSetData, Path: paths[i*7919%len(paths)], Data: data, Version: sdk.AnyVersion}
		_, _, effects = tree.Write(Stamp{Zxid: int64(i)}, Actor{}, &op, effects[:0])
	}
}

// BenchmarkGetChildren asks for 10,000 children that stay as they are.
func BenchmarkGetChildren(b *testing.B) {
	tree := New()
	for i := range 10_000 {
		mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/node-%d", i)})
	}
	op := sdk.Op{Kind: sdk.OpGetChildren, Path: "/"}
	b.ReportAllocs()
	for b.Loop() {
		if _, code := tree.Read(nil, &op); code != sdk.OK {
			b.Fatal(code)
		}
	}
}

// BenchmarkSweepable looks through 100,000 nodes with a time to live, of which none is due.
func BenchmarkSweepable(b *testing.B) {
	tree := New()
	for i := range 100_000 {
		op := sdk.Op{Kind: sdk.OpCreateTTL, Path: fmt.Sprintf("/node-%d", i), Mode: sdk.ModeTTL, TTL: maxTTL}
		mustWrite(b, tree, Actor{}, op)
	}
	b.ReportAllocs()
	for b.Loop() {
		if paths := tree.Sweepable(1, 100); len(paths) > 0 {
			b.Fatal(paths)
		}
	}
}

// BenchmarkMemory tells what a node of 100 bytes takes.
func BenchmarkMemory(b *testing.B) {
	const nodes = 200_000
	for b.Loop() {
		before := heap()
		tree, _ := wide(b, nodes)
		b.ReportMetric(float64(heap()-before)/nodes, "bytes/node")
		runtime.KeepAlive(tree)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// wide is a tree of n nodes of 100 bytes, a thousand to a parent, and their paths.
func wide(b *testing.B, n int) (*Tree, []string) {
	tree := New()
	var paths []string
	for i := range n {
		dir := fmt.Sprintf("/dir-%d", i/1000)
		if i%1000 == 0 {
			mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: dir})
		}
		paths = append(paths, fmt.Sprintf("%s/node-%07d", dir, i))
		mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: paths[i], Data: make([]byte, 100)})
	}
	return tree, paths
}
