// Command benchmark runs Grove, Apache ZooKeeper and etcd on this machine, puts the same loads on all of them in turn, and
// prints a table. Start it with ./run, which builds and installs what it needs; README.md says what is measured.
//
// The parts:
//
//	main.go      flags; the order of things
//	plan.go      what is measured, and what it is to be compared with
//	phase.go     one part of the plan on servers of all kinds, round by round
//	table.go     numbers of several rounds, as a table
//	machine.go   where this was
//	disk.go      what the disk could do meanwhile
//	cluster.go   servers as processes: started, killed, looked at in /proc
//	kinds.go     how each of the three is started
//	protocol.go  what a load generator must know to do
//	zookeeper.go, line.go   it, for ZooKeeper's protocol: steady loads are those of `grove bench`
//	etcd.go, etcdload.go    it, for etcd's
//
// Every process that it starts it ends itself, however it ends. It runs on Linux, and reads /proc.
package main
