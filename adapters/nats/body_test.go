package nats

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// A body is JSON that fits, from which comes back all of the data, or its beginning and a word that it is cut.
func FuzzBody(f *testing.F) {
	f.Add("/a", []byte("text"), 4096)
	f.Add("/a", []byte("\xff\x00\xfe"), 4096)
	f.Add("/<ü>", []byte("<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<"), 256)
	f.Add("/a", bytes.Repeat([]byte{0}, 1000), 400)
	f.Add("/a", []byte{}, 500)
	f.Fuzz(func(t *testing.T, path string, data []byte, room int) {
		if len(path) > 1000 {
			return
		}
		room = 7000 + min(max(room, 0), 1<<16) // a server that takes less than names alone need is of no use
		txn := &sdk.Transaction{Zxid: 1, Changes: []sdk.Change{{Kind: sdk.Changed, Path: path, Data: data}}}
		body, cut := contentOf(txn, 0).encode(data, room)
		if len(body) > room {
			t.Fatalf("%d bytes for %d", len(body), room)
		}
		var back content
		if err := json.Unmarshal(body, &back); err != nil {
			t.Fatal(err)
		}
		got := back.Base64
		if back.Data != nil {
			got = []byte(*back.Data)
		}
		if back.Truncated != cut || !bytes.HasPrefix(data, got) || !cut && len(got) != len(data) {
			t.Fatalf("%q came back as %q, cut %v", data, got, cut)
		}
	})
}

func TestBodyIsCut(t *testing.T) {
	txn := &sdk.Transaction{Zxid: 1, Changes: []sdk.Change{{Kind: sdk.Changed, Path: "/a"}}}
	body, cut := contentOf(txn, 0).encode(bytes.Repeat([]byte("\x01"), 1000), 1000)
	if !cut || len(body) > 1000 || len(body) < 900 {
		t.Errorf("%d bytes, cut %v: %s", len(body), cut, body)
	}
}
