// Package zookeeper serves the ZooKeeper client protocol: a listener, and for each connection a session of the host.
//
// It decodes requests, submits them, and writes what the session gives back; it decides nothing about nodes, watches,
// permissions or order, which are the core's. The records are those of sdk/wire.
//
// # Two goroutines a connection
//
// The reader shakes hands, then decodes and submits whatever one read of the socket brought. What the session has
// answered by then it takes and writes itself: a read costs no other goroutine. The writer waits for what others put
// into the session's outbox (replies to writes, events) and does the same. Both go through the connection's outlet,
// whose lock makes polling and writing one step, so the order of the session is the order on the socket.
//
// A session that is no sdk.Poller is received by the writer alone, through Next.
//
// The reader ends when the socket ends or the session does, and closes the session; that ends the writer. The writer
// ends with the session or the last reply, and closes the socket; that ends the reader. Serve closes the listener and
// every socket when its context ends and returns when all of them have gone. Beside them there is one goroutine that
// waits for that context.
//
// # When the connection is closed
//
// After the reply: closeSession, a login that failed, an operation nobody knows. Without one: a frame that is too long
// or has no header, a client that has seen a later state than this server, a server that is not serving, a first frame
// that does not come in time, a client that does not read, a connection over a limit. A session that is gone is answered
// as ZooKeeper does, with an empty session, then closed. What a client did wrong is logged, one line a second for each
// address.
//
// # Four-letter words
//
// A word such as "ruok" in place of the first frame has the length of a frame far over the limit, which is how it is told
// from one. It is answered by the connection's reader, from the host's Status and from what the connections have counted;
// each keeps its own numbers, and they are added up only when somebody asks.
package zookeeper
