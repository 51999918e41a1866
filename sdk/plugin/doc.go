// Package plugin is the border between Grove and a frontend that runs as a process of its own: both ends of it.
//
// A plugin's whole main is
//
//	func main() { plugin.Serve(lines.New()) }
//
// where the argument is any [sdk.Frontend]. On the other side a [Client] starts that process and is itself an
// [sdk.Frontend], so the core cannot tell it from one that runs inside. A frontend moves in or out by one line.
//
// # What crosses
//
// The plugin is a gRPC server started by hashicorp/go-plugin (handshake on stdout, unix socket, mutual TLS with
// one-time certificates). The host opens one Attach stream on that connection, and the plugin sends its requests on
// it: open a session, submit, follow, status. Package pluginpb has the format. Frames are packed: whatever was
// waiting while the last packet was sent goes into the next.
//
// # Back-pressure
//
// Each session has a window for what goes up and one for what goes down, each feed and each snapshot one. A side sends
// only while the window has room, so neither buffers more than a window and one frame for a peer that does not take;
// the rest waits where it was, in the core's own bounded outbox and feed.
//
// # Life and death
//
// When the stream ends, for whatever reason, the host closes the sessions and feeds of the plugin and stops its
// process group, and the plugin ends its frontend and exits; so neither a killed plugin nor a killed host leaves
// anything behind. A plugin that does not answer three health checks in a row is taken for dead. The folder with its
// socket is marked by a lock of the host; the next host removes those whose lock is free.
//
// # Goroutines
//
// Host: a reader (Serve's own), a writer and a health check per plugin; two per session, one per feed or snapshot. Plugin: a
// reader, a writer and one that tells when the frontend is ready. All of them end with the stream.
package plugin
