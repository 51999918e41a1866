// Package coretest runs clusters of real nodes in one process, on virtual time and a network of its own, does to them what
// networks and operators do, and checks what clients saw. It is for tests, inside testing/synctest; nothing else imports
// it.
//
//	Network   connections that can be slow, stall and break
//	Cluster   core nodes on it, with real logs on disk; stopped and started
//	Client    sessions that write, read and pipeline, and go elsewhere when they are closed
//	History   what the clients asked and were told, and what must hold of it
//
// Only time is virtual. Which goroutine runs first is not decided by the seed, so a seed is a kind of run and not one run:
// a failure may need several to come again.
//
// Each connection has two goroutines, which end when either end closes; each client has one, its caller's.
package coretest
