// Package wire reads and writes the records of ZooKeeper's protocol (jute), for both ends: what a client encodes a
// server decodes, and back.
//
// A connection is a sequence of frames, an int32 length and that many bytes, read by a [Reader]. The first frame
// each way is the handshake ([ConnectRequest], [ConnectResponse]); then requests go down and replies and events come
// up, each behind a header.
//
//	client                                          server
//	AppendConnectRequest            ->  DecodeConnectRequest
//	DecodeConnectResponse           <-  AppendConnectResponse
//	AppendRequest                   ->  DecodeRequestHeader, DecodeRequest
//	DecodeReplyHeader, DecodeReply  <-  AppendReply
//	DecodeReplyHeader, DecodeEvent  <-  AppendEvent
//
// Append functions append one whole frame, length included, to dst and return the longer slice; they keep nothing.
// Decode functions take the body of a frame, without its length, and check every length and count against what is
// there before they allocate. What a decoder leaves out at the end of a body is ignored, as ZooKeeper does. Each says
// whether its result refers to the body or has a copy.
//
// Strings are bytes that ought to be UTF-8: they go through unchanged in both directions. A null string reads as an
// empty one, except where ZooKeeper refuses null.
//
// [Trace] prints a conversation in words. Nothing here starts a goroutine or touches a clock.
package wire
