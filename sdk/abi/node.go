package abi

import (
	"encoding/binary"

	"github.com/grove-coordination/grove/sdk"
)

// nodeFixed is the size of a node without its data, childrenFixed that of a list of children without the names.
const (
	nodeFixed     = 4 + 4 + 4*8 + 4 + 8 + 4
	childrenFixed = 4 + 4 + 4
)

// NodeSize is the number of bytes that AppendNode appends.
func NodeSize(node *sdk.Node) int { return nodeFixed + len(node.Data) }

// AppendNode appends a node.
func AppendNode(dst []byte, node *sdk.Node) []byte {
	dst = appendU32(dst, uint32(NodeSize(node)))
	dst = appendPresent(dst, node.Present)
	for _, field := range [...]int64{node.Stat.Czxid, node.Stat.Mzxid, node.Stat.Ctime, node.Stat.Mtime} {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(field))
	}
	dst = appendU32(dst, uint32(node.Stat.Version))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(node.Stat.EphemeralOwner))
	return appendData(dst, node.Data)
}

// DecodeNode reads a node. Its data is a part of b. The only error is ErrMalformed.
func DecodeNode(b []byte) (sdk.Node, error) {
	whole := reader{data: b}
	field := whole.record()
	node := field.node()
	if field.bad {
		return sdk.Node{}, ErrMalformed
	}
	return node, nil
}

func (r *reader) node() (node sdk.Node) {
	node.Present = r.u32() != 0
	node.Stat.Czxid, node.Stat.Mzxid = r.i64(), r.i64()
	node.Stat.Ctime, node.Stat.Mtime = r.i64(), r.i64()
	node.Stat.Version, node.Stat.EphemeralOwner = int32(r.u32()), r.i64()
	node.Data = r.bytes()
	node.Stat.DataLength = int32(len(node.Data))
	return node
}

// ChildrenSize is the number of bytes that AppendChildren appends.
func ChildrenSize(names []string) int {
	size := childrenFixed
	for _, name := range names {
		size += 4 + len(name)
	}
	return size
}

// AppendChildren appends the names below a node; nil says that there is no node.
func AppendChildren(dst []byte, names []string) []byte {
	dst = appendU32(dst, uint32(ChildrenSize(names)))
	dst = appendPresent(dst, names != nil)
	dst = appendU32(dst, uint32(len(names)))
	for _, name := range names {
		dst = appendString(dst, name)
	}
	return dst
}

// DecodeChildren reads names, which are parts of b; nil when there is no node. The only error is ErrMalformed.
func DecodeChildren(b []byte) ([]string, error) {
	whole := reader{data: b}
	r := whole.record()
	present := r.u32() != 0
	names := make([]string, 0, r.count(4))
	for range cap(names) {
		names = append(names, r.string())
	}
	switch {
	case r.bad:
		return nil, ErrMalformed
	case !present:
		return nil, nil
	}
	return names, nil
}

func appendPresent(dst []byte, present bool) []byte {
	if present {
		return appendU32(dst, 1)
	}
	return appendU32(dst, 0)
}

func appendData(dst, data []byte) []byte {
	if data == nil {
		return appendU32(dst, none)
	}
	return append(appendU32(dst, uint32(len(data))), data...)
}
