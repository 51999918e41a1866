// Package bench measures servers of ZooKeeper's protocol, of whatever make, from outside: how many operations they answer
// in a second and how long each takes.
//
// Each session is one connection and one goroutine. It keeps so many requests unanswered as it was told (the depth), and
// writes those that have become due at once, so that one system call carries many: what is measured is the server. A
// request's time runs from the write that carries it until its reply has been read. There is one goroutine more in every
// run, which ends it.
//
// What a run makes lies below one node of its own, and is removed at its end, however it ends.
package bench
