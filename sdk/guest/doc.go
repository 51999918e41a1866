// Package guest is what a validator written in Go imports. A validator is a main package that registers a function
// and is compiled to a WebAssembly module:
//
//	package main
//
//	func init() {
//		guest.ValidateEach(func(op *sdk.WriteOp) error {
//			if len(op.Data) > 100 {
//				return guest.Reject("more than 100 bytes")
//			}
//			return nil
//		})
//	}
//
//	func main() {}
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o short.wasm .
//
// The function sees the same [sdk.Write] that validators in the server see, so it is tested with ordinary Go tests
// on any machine: registering does nothing there.
//
// What else there is depends on the rule. With reads "old" each operation carries the node that it meets, with "tree"
// the write carries the whole tree to read from, besides; without them these are nil, and a validator that needs them
// should say so. What was read is guarded: if it has changed when the write is applied, the write is judged again.
//
// Settings are bytes; for those that are lines of a key and a value there are [Lines], [Int] and [Bool].
//
// Kits for other languages stand beside this package: in c, rust and assemblyscript. All of them answer the vectors of
// package guesttest.
//
// A module runs on one goroutine, one call at a time, and pays fuel for all it does, the garbage collector's work
// included; so a validator should not allocate much or import what it does not need. It must not decide on what it
// saw in earlier calls: there are several instances, and they are replaced now and then. Everything a write refers
// to lies in a buffer that is used again; what is kept must be copied (strings.Clone, bytes.Clone). A panic ends the
// call and the instance, and counts as a failure of the validator, not as a refusal.
package guest
