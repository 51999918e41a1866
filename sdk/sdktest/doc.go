// Package sdktest holds suites that whatever implements an interface of sdk must pass. [TestHost] is for any
// sdk.Host: the node itself, the same node across the border of a plugin process, a server in a process of its own.
//
// A suite asks only for what the comments in sdk promise, and for ZooKeeper's semantics where they say nothing. It
// never sleeps; whatever it waits for is bounded by a context.
package sdktest
