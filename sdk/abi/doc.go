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
// A module may import from "grove" the function log(text i32, size i32), and what it likes from
// "wasi_snapshot_preview1": there is a clock that stands at the time of the write, random numbers that are always
// the same, and output that goes to the server's log; everything else answers that it is not there.
//
// # Layout
//
// Numbers are little-endian and not aligned. A record begins with its size in bytes, these four included, so that
// fields can be appended: a reader skips what it does not know. Bytes have their length in front; the length
// 0xffffffff says that there are none, which is not the same as zero of them. A list has its count in front.
//
//	request   size u32, version u32 (1), flags u32 (1: multi), time i64 (milliseconds since 1970), session i64,
//	          identities: list of identity, ops: list of op
//	identity  size u32, scheme bytes, id bytes
//	op        size u32, kind i32 (ZooKeeper's opcode), mode u32 (1: ephemeral, 2: sequential),
//	          version i32 (expected, -1 for any), path bytes, data bytes, acl: list of acl,
//	          old u32 (0: the node's state before the write is not told)
//	acl       size u32, perms u32, scheme bytes, id bytes
//	verdict   size u32, op u32 (which one is refused, from 0), code i32 (-8 bad arguments, -102 not authorized),
//	          reason bytes (UTF-8)
package abi
