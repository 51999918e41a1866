package guest

import (
	"unsafe"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/abi"
)

var current call

//go:wasmexport grove_abi_v1
func marker() int32 { return abi.Version }

//go:wasmexport grove_alloc
func alloc(size int32) int32 {
	current.buffer = make([]byte, size)
	return int32(address(current.buffer))
}

//go:wasmexport grove_validate
func validate(request, size int32) int64 { return place(current.validate(lent(request, size))) }

//go:wasmexport grove_configure
func configure(settings, size int32) int64 { return place(current.configure(lent(settings, size))) }

// lent is what the host has written: a part of the buffer it asked for.
func lent(at, size int32) []byte {
	offset := uint32(at) - address(current.buffer)
	return current.buffer[offset : offset+uint32(size)]
}

func place(verdict []byte) int64 {
	if verdict == nil {
		return 0
	}
	return int64(abi.Place(address(verdict), uint32(len(verdict))))
}

func address(b []byte) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) }

func log(line string) {
	hostLog(unsafe.Pointer(unsafe.StringData(line)), uint32(len(line)))
}

// hostTree asks the host for nodes. What it returns stays what it is.
type hostTree struct{}

var tree sdk.Tree = hostTree{}

// Get implements sdk.Tree.
func (hostTree) Get(path string) sdk.Node {
	node, err := abi.DecodeNode(fetch(hostGet, path))
	if err != nil {
		panic("guest: node: " + err.Error())
	}
	return node
}

// Children implements sdk.Tree.
func (hostTree) Children(path string) []string {
	names, err := abi.DecodeChildren(fetch(hostChildren, path))
	if err != nil {
		panic("guest: children: " + err.Error())
	}
	return names
}

// fetch gives the host room, and more when that was too little.
func fetch(ask func(path unsafe.Pointer, size uint32, into unsafe.Pointer, room uint32) uint32, path string) []byte {
	for room := uint32(256); ; {
		into := make([]byte, room)
		size := ask(unsafe.Pointer(unsafe.StringData(path)), uint32(len(path)), unsafe.Pointer(unsafe.SliceData(into)), room)
		if size <= room {
			return into[:size]
		}
		room = size
	}
}

//go:wasmimport grove get
//go:noescape
func hostGet(path unsafe.Pointer, size uint32, into unsafe.Pointer, room uint32) uint32

//go:wasmimport grove children
//go:noescape
func hostChildren(path unsafe.Pointer, size uint32, into unsafe.Pointer, room uint32) uint32

//go:wasmimport grove log
//go:noescape
func hostLog(line unsafe.Pointer, size uint32)
