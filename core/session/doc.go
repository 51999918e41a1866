// Package session is the room of sessions. It holds three things that look at one session from three sides:
//
//   - [Table] is the replicated truth: which sessions exist, their secrets, time-outs, epochs, and which write of
//     each comes next. It is pure and changes only through Apply.
//   - [Served] is one session as this node serves it: the operations that wait, and the outbox of replies and
//     events. It implements [sdk.Session].
//   - [Tracker] is the leader's view of time: when each session was last heard of, and which have gone silent.
//
// # Order
//
// A client sees its own operations answered in the order it sent them, and an event before any reply that shows
// what it tells. Both follow from two rules. A read is answered at once when nothing of its session is waiting,
// under the read lock of the node's state; else it joins the queue. And everything that is answered later is
// answered by Apply, under the write lock, in the order of the queue.
//
// # What a session may hold
//
// Submit waits while a session has too many operations unanswered, or holds too many bytes in those that wait and in their
// replies; one more may be as large as it likes. What a read will be answered with when its turn comes is estimated when it
// joins the queue. Reads of which that cannot be told do not join it: Submit waits until nothing is before them. When the
// log has no room for a write, Submit waits for that too, with no lock held; the write keeps its place. While it waits for
// the log, or for a write of the session, and not for the client to take its answers, the session counts as heard.
//
// # A write is never applied where an earlier one was lost
//
// Each write carries the epoch of its session, which grows with every resumption, and its number among the writes
// of that epoch. Apply takes number n+1 only after number n. So whatever is lost on the way to the leader, a later
// write of the same connection is refused by every node alike, and the connection is closed.
//
// # Goroutines
//
// A Served starts none, except that writes which must be judged anew, or take long to judge (see [Core].Unsettled), are
// judged by a goroutine of their own, one for the session, which ends with the last of them or with the session: what it
// is judging then is given up, and the node that is closed waits for it. Locks are taken in the order: the node's
// state, then Served.mu. Tracker.mu is taken last, and nothing is taken under it.
package session
