// Package replica is a replicated byte log: what one node of a cluster proposes, every node applies, in one order. It
// is hashicorp/raft with raft-wal below it, and between raft and its caller the five things that raft leaves out:
// packing, forwarding, early appends, the commit beacon, and word of what was lost. It knows nothing of what the bytes
// mean, and of the rest of Grove nothing at all. The core's node is its only caller, and the [Machine] that it drives.
//
// # The life of a record
//
//	Log.Propose ── on the leader ────────────────────────────┐
//	     │                                                   ▼
//	     └─ on a follower ─► link ═ peer port ═► stream ─► lead: packer ─► raft entry ─► raft-wal, and at once followers
//	                                                                                          │ committed
//	             Machine.Apply on every node ◄── fsm ◄── raft ◄── commit beacon, next append ◄┘
//
// On a follower the record is appended to the buffer of the [link], and goes to the leader with whatever else is there
// in one write. At the leader the goroutine of the stream puts it where local records go: into the open envelope of the
// packer. The proposer, one goroutine, takes envelopes and hands them to raft, one at a time: while one is on its way
// to disk and to a majority the next one fills, and it goes when that one is committed, while it is applied (flight.go).
// So the busier the log, the more records share one fdatasync; no timer is in it. Raft writes an entry before it sends
// it; the lanes (early.go) send it while it is being written, so that two disks work at once and not one after the
// other, and raft is given the followers' answers. When raft has committed the entry, the fsm opens the envelope and
// gives the machine the records; and since raft tells followers late what is committed, the leader's beacon tells them
// at once.
//
// The one and only sign of success is Machine.Apply. Raft's future serves to learn that something was lost.
//
// # Order, and what is lost
//
// The records of one node enter the log in the order of its calls of Propose, none skipped. They go along one route at
// a time, which is bound to one leader and one term: a [lead] (this node leads) or a link (another one does). A route
// is an ordered pipe; when any part of it breaks it takes nothing any more, at either end, and the machine is told
// Lost before there is another. Three fences make that hold:
//
//   - The proposer has one entry that is not committed, and stops at its first error: nothing is proposed after a lost
//     entry.
//   - A leader ends the older stream of a node, to its last byte, before it takes another from the same node.
//   - An envelope carries the term it was packed in, and counts only when it is that of the raft entry (see pack.go).
//
// What Lost speaks of may still come: a record of a dead leader can be in its followers' logs. Who needs to know must
// number his records.
//
// # Members
//
// A node with nothing, whose configuration lists members, asks them what they have. When all have nothing they begin a
// cluster; a node with nothing among others that have something has lost it, and they let it in (muster.go). From then
// on raft's configuration is the list of members; the leader changes it, one at a time, and any node may be asked to
// have it changed (membership.go). A node that nobody lists joins by asking a member (join.go). It is an observer
// first, for a majority that counts somebody who is not there yet commits nothing, and gets its vote when it has nearly
// all of the log. A change may rest on the configuration that its caller knows, by its index, and is not made after
// another. Nobody is taken out without whom there is no majority (quorum.go). Every cluster has an id, which nodes say
// to each other before anything else: with the data of another cluster nobody is let in.
//
// # Disk trouble
//
// The first write or fdatasync that fails is the last one tried (fault.go): a kernel that could not write a page may
// say of the next fdatasync that all is well. Raft does not acknowledge what the store did not take, neither to its
// leader nor to its proposer; and so that the node does not linger as a leader who cannot, or a voter who forgets, raft
// is ended, the machine is told Lost and Follow(""), Status says why, and the others go on. When the log is opened it is
// checked whole (check.go): what was torn is cut off, what was damaged otherwise is refused.
//
// Before that, the room left on the disk is watched (space.go), and the leader hears of it and tells the others
// (shortage.go): whoever may refuse writes, on any node, asks [Log.Low]. What a node
// that is stopped keeps is read with [OpenFolder], and made the beginning of a new cluster with [Plant].
//
// # Goroutines
//
// One steers (steer.go): it alone makes and ends routes and calls Machine.Lead, Follow and Lost. One has a snapshot
// made when the log has grown (growth.go), and one looks how much room is left on the disk and shares it. One seeks the
// place of this node, until it has it: its cluster, and its vote. One asks, while nobody leads, whether this node is a
// member still (outside.go). While leading: the proposer, one that hears the outcomes, one for each incoming stream, one
// beacon for each follower, and a lane and raft's pipeline for each with a vote. While following: the two of the link, and
// when it has broken one that has raft look whether the leader is dead (haste.go). For the peer port: one that accepts,
// and one for each connection until it has said what it is. The rest are raft's own. Close ends all of them and waits,
// except for raft's connection handlers, which it only ends, and for who hears the outcomes where raft, ended by a disk
// that failed, has forgotten one.
//
// # Trust
//
// Whoever reaches the peer port can speak as a member: raft has no other secret. Set Config.TLS with client
// certificates, or keep the port where only members are. Without knowing raft's encoding nobody gets further than a
// closed connection.
package replica
