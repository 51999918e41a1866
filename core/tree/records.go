package tree

import (
	"encoding/binary"
	"unsafe"
)

// records holds what is of variable size, the name and the data of every node, in blocks that are appended to and never
// written over. So what it hands out may be kept by anyone for as long as they like, while a node takes no object of
// its own. A record is
//
//	node   4 bytes, little-endian: whose it is
//	name   its length as uvarint, then its bytes
//	data   uvarint 0 for nil, else length + 1; then its bytes
//
// A record of more than ownBlock bytes has a block to itself.
type records struct {
	blocks []block  // the first is never used: no record lies at address zero
	free   []uint32 // numbers of blocks that are gone
	fresh  uint32   // the block that writes append to
	moved  uint32   // the block that moves append to: what was moved once will stay, and what is fresh is held by others too
}

// block is a piece of memory, and how much of it nobody has any more.
type block struct {
	bytes []byte
	dead  int
}

const (
	blockSize = 1 << 16
	ownBlock  = 1 << 13
)

// address is where a record begins.
type address struct{ block, offset uint32 }

// add writes a record.
func (r *records) add(of number, name string, data []byte) address {
	var room [4 + 2*binary.MaxVarintLen64]byte
	head := binary.LittleEndian.AppendUint32(room[:0], uint32(of))
	head = binary.AppendUvarint(head, uint64(len(name)))
	middle := append(room[len(head):len(head)], 0)
	if data != nil {
		middle = binary.AppendUvarint(middle[:0], uint64(len(data))+1)
	}
	a := r.room(&r.fresh, len(head)+len(name)+len(middle)+len(data))
	b := &r.blocks[a.block].bytes
	*b = append(append(append(append(*b, head...), name...), middle...), data...)
	return a
}

// move writes a record again that lies in a block that is to go.
func (r *records) move(record []byte) address {
	a := r.room(&r.moved, len(record))
	b := &r.blocks[a.block].bytes
	*b = append(*b, record...)
	return a
}

// room finds or makes a block with room for so many bytes: the open one, or the next, or one of that size.
func (r *records) room(open *uint32, size int) address {
	if size > ownBlock {
		return address{block: r.make(size)}
	}
	if *open == 0 || len(r.blocks[*open].bytes)+size > blockSize {
		*open = r.make(blockSize)
	}
	return address{*open, uint32(len(r.blocks[*open].bytes))}
}

func (r *records) make(size int) uint32 {
	b := block{bytes: make([]byte, 0, size)}
	if last := len(r.free) - 1; last >= 0 {
		i := r.free[last]
		r.free, r.blocks[i] = r.free[:last], b
		return i
	}
	if len(r.blocks) == 0 {
		r.blocks = append(r.blocks, block{})
	}
	r.blocks = append(r.blocks, b)
	return uint32(len(r.blocks) - 1)
}

// at is what the record says. Neither is ever written over.
func (r *records) at(a address) (name string, data []byte) {
	_, name, data, _ = parseRecord(r.blocks[a.block].bytes[a.offset:])
	return name, data
}

// name is the name in a record.
func (r *records) name(a address) string {
	name, _ := parseName(r.blocks[a.block].bytes[a.offset+4:])
	return name
}

// parseName reads the name that b begins with, and says where it ends.
func parseName(b []byte) (name string, end int) {
	length, n := binary.Uvarint(b)
	end = n + int(length)
	return lent(b[n:end]), end
}

// parseRecord reads the record that b begins with.
func parseRecord(b []byte) (of number, name string, data []byte, size int) {
	of = number(binary.LittleEndian.Uint32(b))
	name, size = parseName(b[4:])
	size += 4
	length, n := binary.Uvarint(b[size:])
	if size += n; length > 0 {
		end := size + int(length-1)
		data, size = b[size:end:end], end
	}
	return of, name, data, size
}

// lent is b as a string that is good until b changes.
func lent(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// kill counts a record that nobody has any more.
func (r *records) kill(a address) {
	b := &r.blocks[a.block]
	_, _, _, size := parseRecord(b.bytes[a.offset:])
	b.dead += size
}

// wasted reports whether a block holds so little that it should be emptied: a third of it is dead. One that is still
// appended to is not, nor one that holds nothing.
func (r *records) wasted(i uint32) bool {
	b := &r.blocks[i]
	return i != r.fresh && i != r.moved && len(b.bytes) > 0 && 3*b.dead >= len(b.bytes)
}

// drop lets go of a block. Who still holds something out of it keeps all of it from being collected.
func (r *records) drop(i uint32) {
	r.blocks[i] = block{}
	r.free = append(r.free, i)
}

// add writes the record of a node, which has none meanwhile. The block that is full with it may have died while it was
// open: nobody looks at it again when nothing else dies there.
func (t *Tree) add(at number, name string, data []byte) address {
	open := t.records.fresh
	a := t.records.add(at, name, data)
	t.tidy(open)
	return a
}

// write gives a node another record.
func (t *Tree) write(at number, n *node, name string, data []byte) {
	old := n.record
	n.record = address{}
	t.discard(old)
	n.record = t.add(at, name, data)
}

// discard counts a record dead.
func (t *Tree) discard(a address) {
	t.records.kill(a)
	t.tidy(a.block)
}

// tidy empties a block that is worth it: at most two bytes move for each that has died, so many moves cost no more than
// the writes before them.
func (t *Tree) tidy(block uint32) {
	if t.records.wasted(block) {
		t.evacuate(block)
	}
}

// evacuate moves what lives in a block to another, and then what lives in the one that is full with it, if that is wasted.
func (t *Tree) evacuate(block uint32) {
	open := t.records.moved
	bytes := t.records.blocks[block].bytes
	for at := 0; at < len(bytes); {
		of, _, _, size := parseRecord(bytes[at:])
		if n := t.nodes.at(of); n.record == (address{block, uint32(at)}) {
			n.record = t.records.move(bytes[at : at+size])
		}
		at += size
	}
	t.records.drop(block)
	t.tidy(open)
}
