// Package admit is the door for writes: it decides, on the node that accepts a write, whether the validators let it
// in.
//
// Rules are nodes, /grove/validators/<name>, and name a module by its digest; modules are content, staged in chunks
// below /grove/modules/<sha256>. So any ZooKeeper client can install one, and both are replicated, versioned and
// subject to ACLs like everything else. The [Door] of each node learns of every change of them from Apply and keeps
// compiled validators for the rules in force.
//
// # Why a verdict cannot be out of date
//
// Every write carries the rules version it was judged by, and Apply refuses, equally on all nodes, one that is not the
// current version; the origin judges it again. So no write is ever applied that the rules in force did not see, and a
// module never runs in Apply: nothing it does can make two nodes differ.
//
// A rule may let its module see more than the write: the nodes it writes (reads: old), or any (reads: tree). What was
// read goes with the write as guards, and Apply compares them in the same way. So an admission rests on the tree as it
// is when the write is applied. A refusal never gets that far: it rests on the tree of this node at one moment, which
// may be behind other nodes but not behind the session's own writes. A client that must not be refused for what another
// client has just done syncs first.
//
// In a multi, old is what each operation meets after those before it; the tree that is read from is always the one
// before the whole write, and a validator that reads it looks at the other operations itself. A sequential create
// meets nothing and guards nothing, its parent's counter least of all. A multi in which an operation may meet what a
// sequential create before it makes has no answer to what it meets: for the rule that is a failure of its module.
//
// # What comes first
//
// A rule's refusal comes before whatever the tree would say of the write: NoNode, NodeExists, BadVersion, NoAuth. ZooKeeper
// does so with BADARGUMENTS, which is about the request and not about the tree, and in a multi the refused operation has
// the code of the refusal like any other that fails. It cannot be otherwise either: what the tree will say is only known
// where the write is applied, after the session's writes that are still on their way, and a write that is let through
// because the tree refuses it now could be taken there. So a rule should not refuse what the tree refuses: one that reads
// what is there admits a set of a node that is not.
//
// Writes of rules are the exception: who may not write a rule learns that before a module is compiled for him.
//
// # Super
//
// Writes of the super identity are judged like all others, unless the rule says "super": "bypass". Then its module does
// not run for them, and each is recorded, in a multi each operation that the rule matches: in the log, in the rule's counts,
// and among the denials, marked "bypassed". No rule is needed to get out of a bad one: rules are never judged, and a change
// of mode is a write of a rule.
//
// # Modules that nobody needs
//
// [Orphans] finds the modules below /grove/modules that no rule names and that nobody has touched for an hour, half
// uploaded ones among them; the leader removes them.
//
// # Modules that fail
//
// When a module itself fails, its rule's on_error decides. One that fails often in short time is quarantined on this
// node: it does not run, and on_error decides at once, for half a minute, and twice as long whenever it fails again at
// its next chance. A change of the rule ends it. Whoever can write what makes a module fail can bring this about: a rule
// that must hold keeps on_error deny.
//
// # What is never vetoed
//
// Sync, the end of sessions, everything below /zookeeper, and everything below /grove: a bad module must be removable.
// Writes of rules are checked instead: the node that gets one refuses it unless its module is whole, compiles and
// takes its settings.
//
// # Goroutines and locks
//
// Judge runs on its callers' goroutines. A rule whose module is not compiled on this node yet is compiled by one
// goroutine, which Close waits for; writes that match it wait for it, briefly, and then go by the rule's on_error. Two
// compile at a time at most: one for the rules in force, one for rules that are being checked.
// Door.mu guards the rules, the cache of validators and the ring of denials, breaker.mu the faults of one rule; no
// module runs under them.
package admit
