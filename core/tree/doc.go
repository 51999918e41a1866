// Package tree is the znode tree: nodes, their stats, permissions and owners, and what a write does to them.
//
// It is pure: no goroutine, clock or I/O, and no randomness but that of hashes, which nobody sees. The zxid and the time of
// a transaction arrive with it, so the same writes in the same order make the same tree and the same effects on every node,
// and nothing that a caller can see depends on the order of a map. What the outcomes are is ZooKeeper's: which of several
// errors is told, how stats and counters move, how a failed multi leaves no trace. Whether a session still lives, what the
// validators say and who is to be told of an effect are other rooms' matters.
//
// The tree has no lock of its own. Any number of goroutines may read at once (Read, Stat, Get, Extent, Children, Ephemerals,
// EphemeralsBelow, EphemeralCount, Sweepable, SoftQuotaPassed, Ready, Len, DataSize, Hash, Save); Write, EndSession and
// Sweep need the tree for themselves. Core, which owns the tree, has the lock for that.
//
// What must not stop for as long as Save takes captures an Image (Capture and Release need the tree for themselves) and
// saves or walks that while writes go on, with core's lock held for a moment now and then.
//
// What the tree hands out (data, ACL lists, names of children) is shared and never written again: a setData puts new bytes
// in another place, so a reader may keep what it got after it has let go of the lock. The sorted names of a node are made
// when they are first asked for and given to everyone until a child comes or goes; then they are mended, not made anew. The
// list of a node with very many children is best made, and mended, before it is asked for (Ready, Prepare).
//
// # How it is kept
//
// A million nodes must be little to hold and nothing to collect. So a node is 72 bytes without a pointer, in pages of nodes
// that have numbers (node.go, pages.go); its name and data lie in blocks of 64 KiB that are appended to and emptied when a
// third is waste (records.go); it is found by the number of its parent and its name in one hash table that grows piece by
// piece (index.go); and what few nodes have (children, an owner, a lease, an ACL of their own) stands apart. A node of 100
// bytes takes 208 in all, of which the collector looks at one in 700, and a hundredth of an object.
//
// A node that is deleted keeps its number until no image asks for it any more (tree.go, limbo). Images share layers of what
// was written since (layer.go), so a write pays for one however many there are.
//
// # Counters
//
// A node counts the children that were ever created below it. That number is the suffix of the next sequential child.
// The cversion that clients see is another one, 2 × creations − children, which is creations plus deletions. The counter
// has 64 bits and goes on past 2147483647, where ZooKeeper's documentation promises a name with -2147483648 and its servers
// make none at all any more: suffixes keep ten digits, and so their order as text, up to 9999999999, and get longer then.
// The cversion shown wraps around.
//
// # Containers and times to live
//
// A container goes when it has lost its last child, a node with a time to live when it has no children and was not written
// for that long; both have no owner and may have children. When to look for them is the leader's matter (Sweepable), and
// the tree looks again when the log says that one should go (Sweep). CreateContainer makes a container whatever mode it
// carries. So does the container mode in create and create2, where ZooKeeper makes a node that stays: no client of its own
// ever sends that, and who does cannot mean anything else.
//
// # Quotas
//
// They are written as in ZooKeeper, below /zookeeper/quota, with its texts. Hard limits hold, unless the node
// /grove/settings/quota has the data "soft": then, from the next transaction on, a write that goes beyond one is counted
// like one beyond a soft limit (SoftQuotaPassed) and done. Where ZooKeeper has a property of each server for that, here it
// is a node: the trees of all servers must be the same, so it is no server's choice, and who may change it is said by its
// ACL. Better than there, on purpose: what is used is never read from the stats node, which anybody may have written, but
// known from the tree; limits hold within a multi and without a stats node; data may shrink even where a limit is passed;
// of several quotas one above the other all hold; they stop clients, and not what the server itself writes as super; the
// root and what is below /zookeeper can have none; and what cannot be read as a limit is none.
package tree
