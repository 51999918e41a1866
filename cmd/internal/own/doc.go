// Package own creates the nodes that tell Grove what to do, policies and rules, so that they are their creator's: who
// proved the same to the server, and super, may change them, and everyone may read them. Who has proved nothing can own
// nothing, and creates nodes that are open to all.
package own
