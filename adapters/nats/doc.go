// Package nats publishes every committed change of the tree to NATS: one message per change, subject
// <prefix>.<kind>.<path>, the new data as its body. It starts a NATS server of its own unless it is given the address
// of one.
//
// It is an sdk.Frontend that needs nothing of the core but the feed (with sessions it does more: owner.go, snapshot.go),
// and it keeps no notes: where it must go on is told by the last message of the JetStream stream it writes to.
//
// # Why the stream has every change once and in order
//
// Let e1, e2, … be the changes in order of zxid and position. The feed gives them after any point, in order, none
// missing. The stream always holds a prefix e1..ek of them: an adapter publishes e(k+1) only after it has read that
// ek is the last message of ours, that the last message at all has sequence S, and with the expectation that S still is
// the last; the server appends it then or not at all. In a pipeline message j expects S+j, and that the last message has
// the id of message j-1, so when one is lost all later ones are refused, also when a stray takes its place and its
// sequence. What a second copy of the adapter, or one that slept, or one that was killed, has under way expects a
// sequence that is past, and is refused. When the server itself loses its tail the stream is still a prefix, and the next
// adapter reads a smaller k. A gap, and the snapshot behind it, stand in the stream under the same rule.
//
// # What others publish to the stream
//
// A message is ours when it has our seal: an HMAC of its place and its sequence, which fits nowhere else. Everything else
// is a stray, whatever its headers say, and is passed over. With a key that others do not know, a stray can therefore
// move the place neither forwards, so that changes would be skipped, nor back, so that they would be told again. Nor can
// it stand in for a message of ours before the next one, as on a server where others publish ids have a salt. Strays
// cost time: those behind our last message are looked at once, and a message is sent again for each that comes between
// two of ours. Who publishes without a pause as long as a round trip can hold up the adapter for as long as he goes on;
// what is stored is right all the same. What he floods away, where the stream is bounded, is gone as if it were old.
//
// After any error the adapter stops, waits until everything it has sent is answered, and reads the last message
// again. When the feed has been compacted beyond that place, it publishes a message that says so, and goes on behind
// the gap; see gap in message.go.
//
// # Goroutines
//
// The follower is Serve's own; one more collects the answers of the server and ends when the follower does, one holds the
// session of the active copy, one mirrors a subtree into a bucket, and one keeps the session of requests alive. The NATS
// client, its services and the embedded server have theirs, which end before Serve returns.
package nats
