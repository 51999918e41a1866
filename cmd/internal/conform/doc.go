// Package conform checks whether a program is a good plugin frontend, whoever wrote it in whatever language: it starts
// the program as a server would, beside a real core in this process, and does to it what happens in real life. Clients
// come and go, answers are slow, the leader changes, changes are compacted away, the process is stopped, killed and
// asked to end.
//
// What a frontend says to its own clients is not known here. A command that plays a client may be given; without one,
// clients only connect and hang up, and what cannot be judged by that is not judged.
//
// [Run] is the one door. Each check is a function of the [*trial], in the order of the list checks; the program that
// one leaves running goes to the next. One goroutine serves the program, one plays each client; both end with their
// check or with Run.
package conform
