// Package feed is the change log's window: the newest committed transactions, kept within bounds so that followers
// can read them in order, none missing.
//
// The [Window] is part of the replicated state. Every node appends the same transactions in the same order, and
// trimming depends on nothing but the transactions and the [Limits]: their sizes by a fixed measure, their ages by
// their own times. So "is this change still kept?" has the same answer on all nodes, as long as all have the same
// limits, and a follower may move from one node to another at any zxid.
//
// A window says where it begins. Whoever asks for what came before its floor gets a *sdk.CompactedError, never a
// silent hole: neither the transaction at the border nor one that was dropped while a slow follower was reading
// can be missed unnoticed (compare etcd issues 18089, 19179 and 17535).
//
// It is pure: no goroutine, no clock, no I/O but Save and Load, and no lock. Append needs the write lock of the
// node's state; everything else only reads and may run together.
//
// # Format
//
// [Window.Save] writes version 1, big-endian, without padding:
//
//	header
//	 0   4  magic "GFED"
//	 4   4  version, 1
//	 8   8  floor: the feed begins after this zxid, at least 0
//	16   8  number of transactions that follow
//	transaction
//	 0   8  zxid, greater than the one before and the floor
//	 8   8  time, milliseconds since the Unix epoch
//	16   8  session, 0 for the server itself
//	24   4  number of changes that follow
//	change
//	 0   1  kind: 1 created, 2 changed, 3 deleted, 4 acl
//	 1   4  version
//	 5   8  owner
//	13   4  length of the path, p
//	17   4  length of the data, d, or -1 for null data
//	21   p  path
//	21+p d  data
//	trailer
//	 0   4  CRC-32C of everything before it
//
// Limits are not in it. Load reads exactly these bytes, so that more may follow in the same stream.
package feed
