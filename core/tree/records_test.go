package tree

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"unsafe"

	"github.com/grove-coordination/grove/sdk"
)

// TestNodesHoldNoPointer keeps the collector from having to look at each of a million nodes.
func TestNodesHoldNoPointer(t *testing.T) {
	if size := unsafe.Sizeof(node{}); size > 72 {
		t.Errorf("a node takes %d bytes", size)
	}
	for _, of := range []reflect.Type{reflect.TypeFor[node](), reflect.TypeFor[slot]()} {
		for i := range of.NumField() {
			switch kind := of.Field(i).Type.Kind(); kind {
			case reflect.Int64, reflect.Int32, reflect.Uint32:
			case reflect.Struct: // an address
			default:
				t.Errorf("%v.%s is a %v", of, of.Field(i).Name, kind)
			}
		}
	}
}

// TestBlocksAreEmptied writes data of all sizes again and again: what was read stays as it was, what is there is what was
// written last, and blocks are not much more than that.
func TestBlocksAreEmptied(t *testing.T) {
	r, tree := rand.New(rand.NewPCG(1, 2)), New()
	want, kept := map[string][]byte{}, map[*byte][]byte{}
	for range 30_000 {
		path := fmt.Sprintf("/n%d", r.IntN(1000))
		data := bytes.Repeat([]byte{byte(r.Uint32())}, r.IntN(1<<r.IntN(12)))
		if r.IntN(500) == 0 {
			data = bytes.Repeat([]byte{byte(r.Uint32())}, ownBlock+r.IntN(blockSize))
		}
		switch {
		case want[path] == nil:
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: path, Data: data})
			want[path] = data
		case r.IntN(10) == 0:
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion})
			delete(want, path)
		default:
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpSetData, Path: path, Data: data, Version: sdk.AnyVersion})
			want[path] = data
		}
		if got, _, _, ok := tree.Get(path); ok && len(got) > 0 {
			kept[&got[0]] = bytes.Clone(got)
		}
	}
	for path, data := range want {
		if got, _, _, ok := tree.Get(path); !ok || !bytes.Equal(got, data) {
			t.Fatalf("%s holds %d bytes, want %d", path, len(got), len(data))
		}
	}
	for at, data := range kept {
		if !bytes.Equal(unsafe.Slice(at, len(data)), data) {
			t.Fatal("what a reader holds was written over")
		}
	}
	checkBlocks(t, tree)
}

// TestBlocksThatDieOpen: nodes that come and go at once leave blocks that were dead before they were full, and the few that
// stay do not hold them.
func TestBlocksThatDieOpen(t *testing.T) {
	tree := New()
	for i := range 20_000 {
		path := fmt.Sprintf("/n%d", i)
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: path, Data: make([]byte, 50)})
		if i%1000 > 0 {
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion})
		}
	}
	checkBlocks(t, tree)
}

// TestMovedBlocksThatDieOpen is the same for the block that moves append to: most of what was moved goes before it is full,
// and what is moved last stays.
func TestMovedBlocksThatDieOpen(t *testing.T) {
	tree := New()
	remove := func(path string) {
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion})
	}
	for round := range 200 {
		var moved []string
		for i := range 100 {
			path := fmt.Sprintf("/n%d-%d", round, i)
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: path, Data: make([]byte, 700)})
			if i%10 == 0 {
				moved = append(moved, path)
			} else {
				remove(path)
			}
		}
		for _, path := range moved {
			if round%9 < 6 {
				remove(path)
			}
		}
	}
	checkBlocks(t, tree)
}

// checkBlocks holds what blocks count as dead against what nodes have, and bounds it: no block is left that is worth
// emptying.
func checkBlocks(t *testing.T, tree *Tree) {
	t.Helper()
	live := map[uint32]int{}
	for at := number(1); at < tree.nodes.next; at++ {
		if n := tree.nodes.at(at); n.record != (address{}) {
			_, _, _, size := parseRecord(tree.records.blocks[n.record.block].bytes[n.record.offset:])
			live[n.record.block] += size
		}
	}
	total, alive := 0, 0
	for i := range tree.records.blocks {
		b := &tree.records.blocks[i]
		if len(b.bytes)-b.dead != live[uint32(i)] {
			t.Errorf("block %d has %d bytes, %d of them dead and %d alive", i, len(b.bytes), b.dead, live[uint32(i)])
		}
		if tree.records.wasted(uint32(i)) {
			t.Errorf("block %d has %d bytes, %d of them dead, and nobody looks at it", i, len(b.bytes), b.dead)
		}
		total, alive = total+cap(b.bytes), alive+live[uint32(i)]
	}
	if total > alive*3/2+4*blockSize {
		t.Errorf("%d bytes of blocks for %d that are alive", total, alive)
	}
}

// TestDataOfItsOwnSize pins where records go to.
func TestDataOfItsOwnSize(t *testing.T) {
	tree := New()
	for _, size := range []int{0, 1, ownBlock - 8, ownBlock, ownBlock + 1, blockSize, 1 << 20} {
		path := fmt.Sprintf("/n%d", size)
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: path, Data: make([]byte, size)})
		if data, _, _, _ := tree.Get(path); data == nil || len(data) != size || cap(data) != size {
			t.Errorf("%d bytes came back as %d, with room for %d", size, len(data), cap(data))
		}
	}
	checkBlocks(t, tree)
}
