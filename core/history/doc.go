// Package history keeps the past of the subtrees that ask for it. History is nodes: nothing but the tree holds it, so it is
// replicated, in snapshots, and readable by every client of ZooKeeper.
//
// A policy is a node /grove/history/on/NAME, with the text of a [Policy] as data; NAME is the path it is for, escaped
// ([Name]). Of several policies above a path the nearest counts, and one that keeps 0 changes is an exception from those
// above it. What is below /grove is Grove's own and needs a policy there ("/grove/validators"); what is below [Root] has no
// history.
//
// For every change that a transaction makes below a path with a policy, the same transaction makes the node
// /grove/history/of/NAME/NUMBER, whose data is an [Entry]: who, when, from where, what, and the data. NAME is the changed
// node's path, escaped, NUMBER counts the changes of that path, with ten digits, and begins at 0 again when none is left.
// Then the oldest go that are beyond the policy. History begins with the first change after its policy, and goes when the
// policy goes. The first change of a node that was there already leaves two entries, if more than one is kept: the first has
// the data that the node had till then, with the transaction and the time it came from, but not who wrote it.
//
// # Bounds
//
// A policy says how many changes of one node are kept, how old they may be, and how many entries and bytes there may be
// below its path altogether; whatever is beyond goes, the oldest first. Looking for what is too old takes a change below
// the policy's path, for too many of one node a change of that. No change removes more than a hundred entries of its
// node and no transaction more than a thousand of others, so that none takes long: after a policy has been made
// smaller, or taken away, those that follow remove the rest. A policy that begins or ends takes time in proportion to
// the entries of the one that it takes them from or leaves them to; nothing else that a client writes below [Root]
// depends on how much history there is.
//
// # Permissions
//
// Who may not read a node may not read its past. An entry may be read by those who could read the node when it changed, and,
// once the readers of the node have become others, by those alone who are among both. Readers are compared entry by entry
// of the lists, which is never too generous. NAME lists its numbers to the node's readers, /grove/history/of lists nobody
// but super the paths there are. Nobody but super may change anything there: super may delete entries, such as those that
// hold a secret. What a client creates there, before the server does, is gone before its transaction ends.
//
// # Purity
//
// There is no goroutine, clock, I/O or randomness here, and no lock. What a [Keeper] remembers beside the tree is made
// of the tree ([Keeper.Load]) and is the same on a node that has applied every transaction and on one that began with a
// snapshot. Policies are read and entries written by the package itself and not by encoding/json, so that servers built
// with two versions of Go come to the same.
package history
