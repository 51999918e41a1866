package wasm

import (
	"encoding/binary"

	"github.com/tetratelabs/wazero/sys"
)

// The WASI error numbers that are given.
const (
	wasiOK       = 0
	wasiBadFile  = 8
	wasiFault    = 21
	wasiInvalid  = 28
	wasiNoSystem = 52
)

const (
	maxPieces = 16       // of one fd_write that are taken
	maxRandom = 64 << 10 // bytes of one random_get
)

// wasi is WASI preview 1 for a guest that has nothing: some functions answer, the others say that what they are
// about is not there. A language's runtime starts on that. The engine's own WASI is not used: what its functions do
// for one call grows with what the guest asks, and has no price.
var wasi = map[string]hostFunction{
	"args_get":          answer("ii", wasiOK),
	"args_sizes_get":    function("ii", zeroSizes),
	"environ_get":       answer("ii", wasiOK),
	"environ_sizes_get": function("ii", zeroSizes),
	"clock_res_get":     function("ii", clockResolution),
	"clock_time_get":    function("iIi", clockTime),
	"fd_fdstat_get":     function("ii", streamStatus),
	"fd_write":          function("iiii", writeStream),
	"poll_oneoff":       function("iiii", wait),
	"random_get":        function("ii", randomBytes),
	"sched_yield":       answer("", wasiOK),
	"proc_exit":         {params: types{i32}, results: types{}, call: exit},

	"fd_advise":               answer("iIIi", wasiBadFile),
	"fd_allocate":             answer("iII", wasiBadFile),
	"fd_close":                answer("i", wasiBadFile),
	"fd_datasync":             answer("i", wasiBadFile),
	"fd_fdstat_set_flags":     answer("ii", wasiBadFile),
	"fd_fdstat_set_rights":    answer("iII", wasiBadFile),
	"fd_filestat_get":         answer("ii", wasiBadFile),
	"fd_filestat_set_size":    answer("iI", wasiBadFile),
	"fd_filestat_set_times":   answer("iIIi", wasiBadFile),
	"fd_pread":                answer("iiiIi", wasiBadFile),
	"fd_prestat_dir_name":     answer("iii", wasiBadFile),
	"fd_prestat_get":          answer("ii", wasiBadFile),
	"fd_pwrite":               answer("iiiIi", wasiBadFile),
	"fd_read":                 answer("iiii", wasiBadFile),
	"fd_readdir":              answer("iiiIi", wasiBadFile),
	"fd_renumber":             answer("ii", wasiBadFile),
	"fd_seek":                 answer("iIii", wasiBadFile),
	"fd_sync":                 answer("i", wasiBadFile),
	"fd_tell":                 answer("ii", wasiBadFile),
	"path_create_directory":   answer("iii", wasiBadFile),
	"path_filestat_get":       answer("iiiii", wasiBadFile),
	"path_filestat_set_times": answer("iiiiIIi", wasiBadFile),
	"path_link":               answer("iiiiiii", wasiBadFile),
	"path_open":               answer("iiiiiIIii", wasiBadFile),
	"path_readlink":           answer("iiiiii", wasiBadFile),
	"path_remove_directory":   answer("iii", wasiBadFile),
	"path_rename":             answer("iiiiii", wasiBadFile),
	"path_symlink":            answer("iiiii", wasiBadFile),
	"path_unlink_file":        answer("iii", wasiBadFile),
	"proc_raise":              answer("i", wasiNoSystem),
	"sock_accept":             answer("iii", wasiBadFile),
	"sock_recv":               answer("iiiiii", wasiBadFile),
	"sock_send":               answer("iiiii", wasiBadFile),
	"sock_shutdown":           answer("ii", wasiBadFile),
}

// function has a letter for each parameter, i for i32 and I for i64, and returns an error number.
func function(params string, call func(in *instance, stack []uint64) uint32) hostFunction {
	f := hostFunction{params: types{}, results: types{i32}}
	for _, letter := range params {
		if letter == 'I' {
			f.params = append(f.params, i64)
		} else {
			f.params = append(f.params, i32)
		}
	}
	f.call = func(in *instance, stack []uint64) { stack[0] = uint64(call(in, stack)) }
	return f
}

// answer is a function that does nothing and always returns the same.
func answer(params string, code uint32) hostFunction {
	return function(params, func(*instance, []uint64) uint32 { return code })
}

// exit ends the call by force.
func exit(_ *instance, stack []uint64) { panic(sys.NewExitError(uint32(stack[0]))) }

// read gives a piece of the guest's memory.
func (in *instance) read(address, size uint32) ([]byte, bool) { return in.memory.Read(address, size) }

func (in *instance) putU64(address uint32, value uint64) uint32 {
	place, ok := in.read(address, 8)
	if !ok {
		return wasiFault
	}
	binary.LittleEndian.PutUint64(place, value)
	return wasiOK
}

func (in *instance) putU32(address, value uint32) uint32 {
	place, ok := in.read(address, 4)
	if !ok {
		return wasiFault
	}
	binary.LittleEndian.PutUint32(place, value)
	return wasiOK
}

// zeroSizes says that there are no arguments, or no environment: neither entries nor bytes.
func zeroSizes(in *instance, stack []uint64) uint32 {
	return max(in.putU32(uint32(stack[0]), 0), in.putU32(uint32(stack[1]), 0))
}

// streamStatus says of the standard streams that they are character devices, and that there is no other file.
func streamStatus(in *instance, stack []uint64) uint32 {
	if uint32(stack[0]) > 2 {
		return wasiBadFile
	}
	status, ok := in.read(uint32(stack[1]), 24)
	if !ok {
		return wasiFault
	}
	clear(status)
	status[0] = 2
	return wasiOK
}

// writeStream takes what goes to standard output or error into the log.
func writeStream(in *instance, stack []uint64) uint32 {
	file, list, count := uint32(stack[0]), uint32(stack[1]), min(uint32(stack[2]), maxPieces)
	if file != 1 && file != 2 {
		return wasiBadFile
	}
	pieces, ok := in.read(list, 8*count)
	if !ok {
		return wasiFault
	}
	written := uint32(0)
	for ; len(pieces) > 0; pieces = pieces[8:] {
		size := binary.LittleEndian.Uint32(pieces[4:])
		text, ok := in.read(binary.LittleEndian.Uint32(pieces), min(size, maxLine))
		if !ok {
			return wasiFault
		}
		in.output.write(text)
		written += uint32(len(text))
		if uint32(len(text)) < size { // the guest writes the rest again
			break
		}
	}
	return in.putU32(uint32(stack[3]), written)
}

// randomBytes are the same in every instance. A request larger than anyone needs is refused.
func randomBytes(in *instance, stack []uint64) uint32 {
	size := uint32(stack[1])
	if size > maxRandom {
		return wasiInvalid
	}
	place, ok := in.read(uint32(stack[0]), size)
	if !ok {
		return wasiFault
	}
	for ; len(place) >= 8; place = place[8:] {
		binary.LittleEndian.PutUint64(place, in.random.Uint64())
	}
	for i := range place {
		place[i] = byte(in.random.Uint64())
	}
	return wasiOK
}
