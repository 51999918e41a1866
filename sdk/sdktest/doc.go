// Package sdktest holds suites that whatever implements an interface of sdk must pass. [TestHost] is for any
// sdk.Host: the node itself, the same node across the border of a plugin process, a server in a process of its own.
//
// [TestFrontend] is for any sdk.Frontend and [TestValidator] for any sdk.Validator.
//
// [Faults] stands before a host and has it go wrong when a test wants: dropped streams, late answers, compaction, a change
// of leader. The host itself is best a real one: core.Open in a temporary folder takes a quarter of a second.
//
// A suite asks only for what the comments in sdk promise, and for ZooKeeper's semantics where they say nothing. It
// never sleeps; whatever it waits for is bounded by a context.
package sdktest
