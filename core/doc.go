// Package core is the node: it opens the rooms below it, drives them from the log, and is the [sdk.Host] that
// frontends are given.
//
// # The way of a write
//
//	frontend ── Submit ──► session.Served ── Judge ──► admit.Door
//	                            │ Propose (a txn.Txn, encoded)
//	                            ▼
//	                       replica.Log ──► committed, in order, on every node
//	                            │ Apply
//	                            ▼
//	    Node.Apply: tree, watch, session.Table, feed; then the writer's reply, and the reads behind it
//
// The outcome of a write is known only from Apply, on the leader and on a follower alike.
//
// # Order
//
// [Node].Apply holds the state's write lock once for a batch. For each transaction in order it changes the tree, puts
// events into the outboxes of those who watch, appends to the feed, and puts the reply into the writer's outbox. A
// read takes the read lock, registers its watch and puts its reply into the outbox before it lets go. So no client
// ever sees new data before the event of a watch it holds.
//
// # Time
//
// Nothing that is replicated depends on a clock: the time of an entry is the leader's, written in it. Sessions are watched
// over by the leader alone, and that one has expired is proposed like any write and checked again when it is applied. When
// he last heard of each he knows by a clock of his own, which Apply reads for that and nothing else.
//
// # Locks
//
// In the order they are taken: state.mu (everything replicated, and which sessions are served), then one
// session's own, then the small ones that are never held while another is taken: Node.watchMu (the watch table among
// readers), Node.waitMu (those waiting in Open). replica calls into the node without holding a lock of its own.
//
// # Goroutines
//
// One for time ([Node].keepTime), and those that judge for sessions beside their connections; Close ends all and
// waits. What replica, admit and session start is said there.
package core
