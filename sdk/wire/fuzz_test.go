package wire_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// Each target checks that whatever can be decoded has one encoding: what is encoded from it decodes and encodes to
// the same bytes again.

func FuzzDecodeRequest(f *testing.F) {
	for _, v := range requestVectors {
		f.Add(unhex(f, v.hex)[4:])
	}
	var reused sdk.Op
	f.Fuzz(func(t *testing.T, frame []byte) {
		h, body, err := wire.DecodeRequestHeader(frame)
		if err != nil {
			return
		}
		var code sdk.Code
		if err := wire.DecodeRequest(h.Kind, body, &reused); err != nil {
			if !errors.As(err, &code) {
				t.Fatalf("no code in %v", err)
			}
			return
		}
		once, err := wire.AppendRequest(nil, h.Xid, &reused)
		must(t, err)
		var op sdk.Op
		must(t, wire.DecodeRequest(h.Kind, once[12:], &op))
		twice, err := wire.AppendRequest(nil, h.Xid, &op)
		must(t, err)
		same(t, once, twice)
	})
}

func FuzzDecodeReply(f *testing.F) {
	for _, v := range replyVectors {
		f.Add(int32(v.m.Kind), unhex(f, v.hex)[4:])
	}
	f.Fuzz(func(t *testing.T, kind int32, frame []byte) {
		h, body, err := wire.DecodeReplyHeader(frame)
		if err != nil {
			return
		}
		var m sdk.Message
		if wire.DecodeReply(h, sdk.OpKind(kind), body, &m) != nil {
			return
		}
		once := wire.AppendReply(nil, h.Xid, &m)
		h, body, err = wire.DecodeReplyHeader(once[4:])
		must(t, err)
		must(t, wire.DecodeReply(h, sdk.OpKind(kind), body, &m))
		same(t, once, wire.AppendReply(nil, h.Xid, &m))
	})
}

func FuzzDecodeEvent(f *testing.F) {
	f.Add(wire.AppendEvent(nil, &sdk.Event{Kind: sdk.EventCreated, Path: "/a", Zxid: 5})[4:])
	f.Fuzz(func(t *testing.T, frame []byte) {
		h, body, err := wire.DecodeReplyHeader(frame)
		if err != nil {
			return
		}
		event, err := wire.DecodeEvent(h, body)
		if err != nil {
			return
		}
		once := wire.AppendEvent(nil, &event)
		h, body, err = wire.DecodeReplyHeader(once[4:])
		must(t, err)
		again, err := wire.DecodeEvent(h, body)
		must(t, err)
		if again != event {
			t.Errorf("%+v became %+v", event, again)
		}
	})
}

func FuzzDecodeConnectRequest(f *testing.F) {
	f.Add(wire.AppendConnectRequest(nil, &wire.ConnectRequest{TimeoutMillis: 10000, Password: password[:]})[4:])
	f.Add(wire.AppendConnectRequest(nil, &wire.ConnectRequest{SessionID: 5, Short: true})[4:])
	f.Fuzz(func(t *testing.T, frame []byte) {
		var r, again wire.ConnectRequest
		if wire.DecodeConnectRequest(frame, &r) != nil {
			return
		}
		once := wire.AppendConnectRequest(nil, &r)
		must(t, wire.DecodeConnectRequest(once[4:], &again))
		same(t, once, wire.AppendConnectRequest(nil, &again))
	})
}

func FuzzDecodeConnectResponse(f *testing.F) {
	f.Add(wire.AppendConnectResponse(nil, &wire.ConnectResponse{TimeoutMillis: 10000, Password: password})[4:])
	f.Add(wire.AppendConnectResponse(nil, &wire.ConnectResponse{Short: true})[4:])
	f.Fuzz(func(t *testing.T, frame []byte) {
		var r, again wire.ConnectResponse
		if wire.DecodeConnectResponse(frame, &r) != nil {
			return
		}
		once := wire.AppendConnectResponse(nil, &r)
		must(t, wire.DecodeConnectResponse(once[4:], &again))
		if r != again {
			t.Errorf("%+v became %+v", r, again)
		}
	})
}

// FuzzReader cuts a stream; what it gives out is never longer than the limit nor than what there was.
func FuzzReader(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 'a', 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0, 0, 1, 0, 'a'})
	f.Fuzz(func(t *testing.T, stream []byte) {
		const limit = 1 << 16
		r := wire.NewReader(bytes.NewReader(stream), limit)
		total := 0
		for {
			body, err := r.Next()
			if err != nil {
				break
			}
			total += 4 + len(body)
			if len(body) > limit || total > len(stream) {
				t.Fatalf("%d bytes of %d", total, len(stream))
			}
		}
	})
}

// FuzzTrace prints anything; a masked trace has no place left without its rank.
func FuzzTrace(f *testing.F) {
	for _, v := range replyVectors {
		f.Add(unhex(f, requestVectors[0].hex)[4:], unhex(f, v.hex)[4:])
	}
	f.Fuzz(func(t *testing.T, client, server []byte) {
		trace := wire.NewTrace(true)
		for range 2 {
			trace.Client(client)
			trace.Server(server)
		}
		if text := trace.String(); bytes.ContainsRune([]byte(text), 0) {
			t.Errorf("%q", text)
		}
	})
}

func same(t *testing.T, once, twice []byte) {
	t.Helper()
	if !bytes.Equal(once, twice) {
		t.Errorf("%x became %x", once, twice)
	}
}
