// Package coretest runs clusters of real nodes in one process, on virtual time and a network of its own, does to them what
// networks and operators do, and checks what clients saw. It is for tests, inside testing/synctest; nothing else imports
// it.
//
//	Network   connections that can be slow, stall one way or both, and break
//	Disk      what their logs are written to: the system's files, of which a power cut takes what was not synced
//	Cluster   core nodes on it, stopped, crashed and started, let in and taken out
//	Client    sessions that write, read, pipeline and hold ephemeral nodes, and are left, taken up elsewhere, ended, forgotten
//	History   what the clients asked and were told, and what must hold of it; laws.go has what must hold of the nodes
//
// Only time is virtual. Which goroutine runs first is not decided by the seed, so a seed is a kind of run and not one run:
// a failure may need several to come again.
//
// Each connection has two goroutines, which end when either end closes; each client has one, its caller's; each crashed
// node one that closes what is left of it, for which Close waits.
package coretest
