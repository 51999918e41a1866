// Package wasm runs validators: it makes an [sdk.Validator] of a WebAssembly module, within budgets that hold
// whatever the module does.
//
// An [Engine] compiles. No module runs as it was written: package fuel first builds the count of its instructions
// into it, and lowers its memory's maximum to the limit. What it exports and imports is checked before anything of
// it runs.
//
// A [Validator] is one module with its settings and limits. It keeps a fixed number of instances; each judges one
// write at a time and is used again. An instance in which a call failed is thrown away, and so is one after many
// calls; the next is made when it is needed. A validator must not decide on what it saw in earlier calls, for there
// is no telling which instance it meets.
//
// The guest sees nothing of the machine: no files, arguments, environment or sockets, a clock that stands at the
// time of the write, random numbers from a constant seed. What it prints goes to the log, a few lines a second.
//
// The package has no goroutines of its own. All exported methods may be called by many goroutines, except that an
// Engine is closed after its validators.
package wasm
