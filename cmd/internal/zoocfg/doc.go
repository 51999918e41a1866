// Package zoocfg turns a ZooKeeper configuration into one of Grove: [Read] gathers what a ZooKeeper server is started
// with, [Source.Translate] says the same in Grove's keys, and beside it, line by line, what has no place there and why.
//
// It knows Grove's keys by name only; that what it writes can be loaded is tested where the keys are, in cmd/grove. It
// keeps nothing, starts no goroutine and writes no file.
package zoocfg
