// Package oracle compares Grove with Apache ZooKeeper. It has tests only, behind the build tag oracle, as they need
// Java and Debian's zookeeper package:
//
//	go test -tags oracle ./adapters/zookeeper/oracle
//
// They start both servers and play the same random requests on both, one step after the other, over several sessions:
// single requests and pipelines, sessions closed and taken up again with their watches, broken requests and frames.
// After each step everything that came on every connection must be the same: the order of replies and events, codes,
// bodies, Stats, and the end of a connection. Zxids are compared by rank and times by what belongs together; session
// ids by whose they are. What differs on purpose is written down in differences_test.go, and nothing else may.
//
// Flags: -ops for the steps of a seed, -seeds for how many seeds, -first for the first of them, -v for what was
// played; without any 20 seeds play 100,000 steps. The same seed plays the same script.
package oracle
