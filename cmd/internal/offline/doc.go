// Package offline is what the command line does with data folders that no server runs in, and with files that were saved
// from them: look at them, check them, save and restore them, print the log. The log's form is core/replica's, that of
// the state in a snapshot core's, and that of a record core/txn's; a saved file's is described in file.go.
//
// Every function holds the folder for as long as it works, by the same lock as a server.
package offline
