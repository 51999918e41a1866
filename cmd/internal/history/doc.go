// Package history is what the command line does with the past of nodes: which subtrees keep it, what was changed, what a
// node was before, how two versions differ, and bringing one back. It reads and writes nodes like any client of ZooKeeper;
// the server's part, and what stands where in the tree, is core/history.
package history
