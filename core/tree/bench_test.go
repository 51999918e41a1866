package tree

import (
	"fmt"
	"runtime"
	"runtime/metrics"
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

// BenchmarkGetChildrenThatChange asks for 10,000 children of which one is new.
func BenchmarkGetChildrenThatChange(b *testing.B) {
	tree := New()
	for i := range 10_000 {
		mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/node-%d", i)})
	}
	b.ReportAllocs()
	for b.Loop() {
		mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: "/node-7777", Version: sdk.AnyVersion})
		mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: "/node-7777"})
		tree.Children(rootPath)
	}
}

// BenchmarkMemory tells what a node of 100 bytes takes: of memory, in objects, and of what the collector has to look at.
func BenchmarkMemory(b *testing.B) {
	for name, grow := range map[string]func(*Tree){"created": func(*Tree) {}, "written": overwrite} {
		b.Run(name, func(b *testing.B) {
			const nodes = 200_000
			for b.Loop() {
				before, scannedBefore := memory(), scanned()
				tree, _ := wide(b, nodes)
				grow(tree)
				after, scannedAfter := memory(), scanned()
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/nodes, "bytes/node")
				b.ReportMetric(float64(after.HeapObjects-before.HeapObjects)/nodes, "objects/node")
				b.ReportMetric(float64(scannedAfter-scannedBefore)/nodes, "scanned-bytes/node")
				runtime.KeepAlive(tree)
			}
		})
	}
}

// overwrite gives 200,000 nodes of wide other data, three times over, in no order.
func overwrite(tree *Tree) {
	var effects []Effect
	for i := range 600_000 {
		n := i * 7919 % 200_000
		op := sdk.Op{Kind: sdk.OpSetData, Path: fmt.Sprintf("/dir-%d/node-%07d", n/1000, n), Version: sdk.AnyVersion}
		op.Data = make([]byte, 100)
		_, _, effects = tree.Write(Stamp{Zxid: int64(i)}, Actor{}, &op, effects[:0])
	}
}

func memory() (m runtime.MemStats) {
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}

// scanned is how many bytes the last collection had to look through.
func scanned() uint64 {
	sample := []metrics.Sample{{Name: "/gc/scan/heap:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
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
