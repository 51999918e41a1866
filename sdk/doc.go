// Package sdk holds the words that every room of Grove shares: operations and their results, events,
// changes, sessions, and the interfaces between the core, its frontends and its validators.
//
// It has almost no behaviour and imports the standard library only, and of that little: a third-party frontend or
// validator depends on nothing but these words, and a validator carries all of them with it as WebAssembly. Numbers
// that cross a wire or a disk (operation kinds, error codes, event kinds, permissions) are ZooKeeper's own and are only
// ever appended to.
//
// The two interfaces to read first are [Host], what the core offers, and [Frontend], what speaks some
// protocol on top of it. A frontend gets a [Session] for each of its clients: operations go down through
// Submit, replies and events come up through Next, in the order the client must see them. The same two
// interfaces stand on both sides of the process border when the frontend is a plugin.
package sdk
