// Package client is a client of ZooKeeper's protocol, for Grove and for ZooKeeper itself.
//
// A [Client] is one session. It connects to any of its servers, keeps the session alive, and takes it up again with
// its watches when a connection breaks. Every call takes a context and waits for the reply; calls made at the same
// time by several goroutines share the connection and are pipelined in the order they were made.
//
// Nothing is sent twice. A call that waits for a connection has not been sent; one whose connection breaks while the
// reply is out returns [sdk.CodeConnectionLoss], and the caller has to find out whether a write took effect. The
// same holds for a call whose context ends. When the session is over, because it expired or was closed, so is the
// client: every call fails, every watch ends, and [Client.Done] says so.
//
// Errors name the operation and the path and wrap an [sdk.Code]: "create /a/b: node does not exist".
//
// A client has two goroutines: one reads, and makes connections; one writes, and sends pings.
package client
