// Package guesttest is what the guest kits of all languages are held to: the same requests, and for each what a probe
// answers. A probe is a validator that refuses every write, and whose reason is the [Form] of what it was told: so a
// kit that reads one field wrongly says something else than the others.
//
// The vectors stand as text in sdk/abi/testdata/vectors.txt, for kits that are not tested from Go. The package imports
// neither fmt nor testing, since the probe in Go is built with it.
//
// # Probes
//
// A probe goes by the path of the first operation: below /admit the write is admitted; below /log too, after the path
// was logged; below /sum it is admitted after all data was hashed. Anything else is refused: the last operation, with
// NOAUTH for a multi, else BADARGUMENTS. Settings are kept; those that begin with "bad" are refused with the reason
// "bad settings". A request that is not in the layout is a trap.
package guesttest
