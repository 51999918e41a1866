// Package plugins keeps the plugin processes of a node running: it starts them, restarts them with back-off when they
// end, tells how they are, stops them, and sees to it that each does only what its section of the configuration
// grants.
//
// A plugin's state, its restarts and what it does are told by Status, and as metrics with the plugin's name.
//
// How a process is started and spoken to is the business of package plugin in the sdk; this package knows it as a
// frontend that sometimes returns. There is one goroutine per plugin, which ends with the context of Run.
package plugins
