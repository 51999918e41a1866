// Grove is the one binary: the server (grove serve), the commands that work on a running server over ZooKeeper's
// protocol (create, get, set, delete, ls, stat, watch, validator), and the frontends that the server runs as plugin
// processes of itself (grove frontend NAME).
//
// The exit status is 0 when all went well, 1 when the operation failed, 2 when the command line or the configuration
// is wrong. What went wrong is one line on standard error.
package main
