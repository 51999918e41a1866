// Package soak runs a cluster of real server processes under load, does to it what machines and networks do, and looks
// whether anything that was acknowledged is lost or out of order.
//
//	Run        the whole: cluster, clients and faults, for a time; what came of it is a Summary
//	cluster    the processes: started, killed, stopped in their tracks, ended as an operator would
//	network    a network namespace for each node, so that nodes can be parted while their clients still reach them
//	register   clients that write and read a few nodes at once; their history must be linearizable, which porcupine checks
//	counter    clients that count up in a node of their own, and others that watch them count, who must never see it go back
//
// Faults come one at a time and are healed before the next, so that a majority is there most of the time: what is looked
// for is lost data, and not how often the cluster is away.
package soak
