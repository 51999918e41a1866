// Package watch is the watch table of one node: who waits for news of which path.
//
// It holds watches as ZooKeeper knows them. A [Data] watch is what getData and exists leave, a [Child] watch what
// getChildren leaves: they are told once. A [Persistent] and a [Recursive] watch are what addWatch leaves: they stay.
// [Table.Fire] turns one change of the tree into events and hands each to those it is for; [CatchUp] decides what
// one-shot watches of a client that comes back have missed, [Lasting] tells from the feed what staying ones have.
//
// Watches of different kinds leave each other alone. In Apache ZooKeeper 3.8 a one-shot watch on the path of a
// persistent or recursive one of the same client downgrades that, without a word; here it does not, on purpose.
//
// The table is pure: no goroutine, no clock, no I/O, and the same calls give the same events in the same order. It
// has no lock either. The node calls it under the lock of its state: Fire while a transaction is applied, Add while
// a read is answered, so that no client sees new data before the event of a watch it holds.
//
// Watches live with a connection, not with the replicated state: each node knows only those of the clients it
// serves, and a client that reconnects asks for them again.
//
// # How it is kept
//
// Three slabs hold places, watchers and watches; a place is a path as one kind of watch sees it. A watch is 24 bytes
// without a pointer, threaded on two lists: that of its place and that of its watcher, each in the order in which
// watches were asked for. So a change finds its watchers, and a lost connection its watches, without a search; a
// watch is taken off both lists in constant time; and a million of them are one object to the garbage collector.
//
// Paths and watchers are counted as they come and go, and listed in an order that does not depend on a map.
//
// An event asks the place of its path, and those of what lies above for Recursive watches only. A watcher carries the
// number of the last event it was told, so that it is told once however many of its watches the event meets.
package watch
