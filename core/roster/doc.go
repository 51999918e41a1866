// Package roster is who belongs to the cluster, as its clients are told: the members that the log names, and where each
// of them listens for clients, which it announces itself.
//
// The [Roster] is part of the replicated state. Its text is what stands in /zookeeper/config, in the words of
// ZooKeeper's dynamic configuration, so that clients which read their servers there find them:
//
//	server.1=10.0.0.1:2888:3888:participant;10.0.0.1:2181
//	server.2=10.0.0.2:2888:3888:observer;10.0.0.2:2181
//	name.1=n1
//	name.2=n2
//	version=1a
//
// ZooKeeper has two ports between peers and ours has one; the second that stands there is 1000 above it, as Java
// clients take no line in which both are the same, and nobody listens at it. One that a reconfiguration gives, and the
// address for clients, stand there as they were given until the member tells itself where it listens for clients. Ids
// are words here and numbers there, so members are called by the numbers with which their names end (number.go); a
// reconfiguration may say either. The version is the zxid of the change, in hexadecimal.
//
// It is pure: no goroutine, no clock, no I/O but Save and Load, and no lock.
//
// [Roster.Save] writes version 2, integers big-endian:
//
//	4        magic "GROS"
//	4        version, 2
//	4        number of members that follow, by id
//	         of each: id, address, address for clients, second port (4 bytes of length and the text), 1 byte of flags:
//	         1 for an observer, 2 when it has told where it listens for clients itself
//
// [Load] reads version 1 too, in which there is no second port, and an address for clients is always the member's word.
package roster
