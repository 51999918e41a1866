// Package rehearse tries a rule before it is put into force: on the nodes that are there ([Scan]), or on the writes of
// the change log ([Replay]). It judges with the door that a server has, and with its engine when the caller gives that,
// so what it says is what a server would say.
//
// It starts no goroutines and prints nothing: what it finds goes to a function of its caller's.
package rehearse
