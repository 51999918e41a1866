// Package abi is the interface between Grove and a validator module: the names of its functions and the layout of
// the bytes that cross. Host and guest both use it; a guest in another language follows this page.
//
// # Functions
//
// A module exports its memory as "memory", and:
//
//	grove_abi_v1()                               marks a module of this version; it is never called
//	grove_alloc(size i32) -> i32                 address of size bytes that stay the host's until it asks again
//	grove_validate(request i32, size i32) -> i64 0 admits, else address<<32 | size of a verdict
//	grove_configure(text i32, size i32) -> i64   optional: takes the settings; 0, or a verdict that says why not
//	_initialize()                                optional: called once, before all others
//
// The host calls one function at a time. It asks for a buffer of [BufferSize] bytes once and for another only when
// a request is larger; the old one is then free. A verdict must stay where it is until the next call.
//
// A module may import from "grove" these, and what it likes from "wasi_snapshot_preview1":
//
//	log(text i32, size i32)
//	get(path i32, size i32, into i32, room i32) -> i32       a node
//	children(path i32, size i32, into i32, room i32) -> i32  its children
//
// The last two return the size of their answer, and write it when there is room for it: with too little room, ask
// again. They return 0 when the rule does not let the module read the tree. A call of an import costs 1000 fuel, and
// an answer one more for each of its bytes. The number of nodes that may be read for a write is bounded; a call that
// reads more has failed.
//
// Of WASI there is a clock that stands at the time of the write, random numbers that are always the same, and output
// that goes to the server's log; everything else answers that it is not there.
//
// # Layout
//
// Numbers are little-endian and not aligned. A record begins with its size in bytes, these four included, so that
// fields can be appended: a reader skips what it does not know. Bytes have their length in front; the length
// 0xffffffff says that there are none, which is not the same as zero of them. A list has its count in front.
//
//	request   size u32, version u32 (1), flags u32 (1: multi, 2: the tree may be read),
//	          time i64 (milliseconds since 1970), session i64, identities: list of identity, ops: list of op
//	identity  size u32, scheme bytes, id bytes
//	op        size u32, kind i32 (ZooKeeper's opcode), mode u32 (ZooKeeper's flags: 1 ephemeral, 2 sequential, 3 both,
//	          4 container, 5 with a time to live, 6 that and sequential),
//	          version i32 (expected, -1 for any), path bytes, data bytes, acl: list of acl,
//	          old: 0 u32 when the rule does not read it, else node
//	node      size u32, present u32, czxid i64, mzxid i64, ctime i64, mtime i64, version i32, owner i64, data bytes
//	children  size u32, present u32, names: list of bytes
//	acl       size u32, perms u32, scheme bytes, id bytes
//	verdict   size u32, op u32 (which one is refused, from 0), code i32 (-8 bad arguments, -102 not authorized),
//	          reason bytes (UTF-8)
package abi
