package guesttest

import (
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/grove-coordination/grove/sdk/abi"
)

func u32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func i64(n int64) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(n)) }

func text(s string) []byte { return append(u32(uint32(len(s))), s...) }

func record(fields ...[]byte) []byte {
	body := slices.Concat(fields...)
	return append(u32(uint32(4+len(body))), body...)
}

// grown are requests as a later host might send them: every record has fields that nobody knows yet.
func grown() []Vector {
	more := []byte("more")
	identity := record(text("ip"), text("::1"), more)
	acl := record(u32(31), text("world"), text("anyone"), more)
	node := record(u32(1), i64(1), i64(2), i64(3), i64(4), u32(5), i64(6), text("was"), more)
	op := record(u32(1), u32(0), u32(0), text("/a"), text("x"), u32(1), acl, node, more)
	old := record(u32(2), u32(0), u32(0xffffffff), text("/b"), u32(0xffffffff), u32(0), u32(0), more)
	request := record(u32(1), u32(0xfffffffd), i64(1), i64(2), u32(1), identity, u32(2), op, old, more)
	nameless := record(u32(1), u32(0), i64(1), i64(2), u32(0), u32(1),
		record(u32(2), u32(0), u32(0), u32(0xffffffff), u32(0xffffffff), u32(0), u32(0)))
	return []Vector{
		{Name: "fields of a later host", Request: request},
		{Name: "bytes after the request", Request: append(slices.Clone(request), more...)},
		{Name: "a path that is not there", Request: nameless},
	}
}

// malformed are requests that no host sends.
func malformed() (list []Vector) {
	write := multi()
	whole := abi.AppendRequest(nil, &write)
	for _, size := range []int{0, 3, 4, 8, 35, 40, 70, 77, len(whole) - 1} {
		list = append(list, Vector{Name: "cut after " + strconv.Itoa(size), Request: whole[:size]})
	}
	for _, spoil := range []struct {
		name string
		at   int
		n    uint32
	}{
		{"a size of nothing", 0, 0}, {"a size of three", 0, 3}, {"a size beyond the end", 0, 1 << 31}, {"version two", 4, 2},
		{"too many identities", 28, 1 << 30}, {"identities that wrap around", 28, 0x15555556},
		{"an identity without a size", 32, 0}, {"a scheme beyond its identity", 36, 0x7fffffff}, {"a scheme that wraps around", 36, 0xfffffffe},
		{"too many operations", 66, 1 << 27}, {"operations that wrap around", 66, 0x08000001},
	} {
		request := slices.Clone(whole)
		copy(request[spoil.at:], u32(spoil.n))
		list = append(list, Vector{Name: spoil.name, Request: request})
	}
	return list
}
