// Package trace stands between ZooKeeper clients and a server, passes on what they say byte for byte, and prints it in
// words: one line a frame, with the time since the start and the number of the connection.
//
//	0.000000 #1 open from 127.0.0.1:41234
//	0.000210 #1 > connect zxid=0 timeout=10000 session=0 password=16 zeros readOnly=absent
//	0.004410 #1 < connected timeout=10000 session=0x1000003a2b10000 password=16 bytes readOnly=absent
//	0.004702 #1 > exists xid=1 /a watch=true
//
// The words are those of [wire.Printer], which shows no secrets. A request is printed before it is passed on, so that it
// stands before its reply. Memory per connection is bounded whatever is sent: of a frame longer than the limit only the
// beginning is kept.
//
// A run has a goroutine that accepts, and each connection two, one for each direction; Run returns when all have ended.
package trace
