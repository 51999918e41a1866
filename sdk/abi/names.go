package abi

// Version is the version of the layout. Appended fields do not change it.
const Version = 1

// BufferSize is what the host asks of grove_alloc at first.
const BufferSize = 64 << 10

// MaxReason is how many bytes of the reason of a verdict are shown to people; guest kits write no more.
const MaxReason = 512

// The exports of a module.
const (
	ExportMemory     = "memory"
	ExportMarker     = "grove_abi_v1"
	ExportAlloc      = "grove_alloc"
	ExportValidate   = "grove_validate"
	ExportConfigure  = "grove_configure"
	ExportInitialize = "_initialize"
)

// What a module may import, beside functions of WASI.
const (
	ModuleGrove    = "grove"
	ImportLog      = "log"
	ImportGet      = "get"
	ImportChildren = "children"
	ModuleWASI     = "wasi_snapshot_preview1"
)

// Place packs where a verdict lies into the result of a call. Size must not be zero.
func Place(address, size uint32) uint64 { return uint64(address)<<32 | uint64(size) }

// Unplace is the inverse of Place.
func Unplace(place uint64) (address, size uint32) { return uint32(place >> 32), uint32(place) }
