package nats

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/grove-coordination/grove/sdk"
)

// The forms of a message's body.
const (
	bodyRaw  = "raw"  // the data as it is
	bodyJSON = "json" // an object that says what the headers say too
)

// bodies are the words of the settings for them.
var bodies = []string{bodyRaw, bodyJSON, bodyCloud, bodyCloudBinary}

// content is a body as JSON. Sessions are text, because JSON's readers take no 64 bits.
type content struct {
	Zxid      int64   `json:"zxid"`
	Index     int     `json:"idx"`
	Size      int     `json:"txn_size"`
	Time      int64   `json:"time,omitempty"` // milliseconds since 1970, the leader's clock
	Session   string  `json:"session,omitempty"`
	Kind      string  `json:"kind"`
	Path      string  `json:"path"`
	PathCut   bool    `json:"path_truncated,omitempty"` // as in headerCutPath
	Version   int32   `json:"version"`
	Owner     string  `json:"owner,omitempty"` // the session of an ephemeral node
	Data      *string `json:"data,omitempty"`  // data that is text
	Base64    []byte  `json:"data_base64,omitempty"`
	Truncated bool    `json:"data_truncated,omitempty"` // what is there of the data is its beginning
}

func contentOf(txn *sdk.Transaction, index int) content {
	c := &txn.Changes[index]
	return content{
		Zxid: txn.Zxid, Index: index, Size: len(txn.Changes), Time: txn.Time, Session: sessionText(txn.Session),
		Kind: c.Kind.String(), Path: c.Path, Version: c.Version, Owner: sessionText(c.Owner),
	}
}

func sessionText(id int64) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprintf("%#x", uint64(id))
}

// encode writes the body with as much of data as fits into room; cut reports that it was not all.
func (c content) encode(data []byte, room int) (body []byte, cut bool) {
	if len(c.Path) > maxPathHeader {
		c.Path, c.PathCut = c.Path[:maxPathHeader], true
	}
	return fill(data, room, c.write)
}

// fill has a body written that has data as text, or as bytes when it is no text, or neither when it is absent; and when
// that is longer than room, one that has the beginning of it.
func fill(data []byte, room int, write func(text *string, data []byte, cut bool) []byte) (body []byte, cut bool) {
	switch {
	case data == nil:
		body = write(nil, nil, false)
	case utf8.Valid(data):
		text := string(data)
		body = write(&text, nil, false)
	default:
		body = write(nil, data, false)
	}
	if len(body) <= room {
		return body, false
	}
	least := len(write(nil, []byte{0, 0, 0}, true)) - len("AAAA")
	fits := max(room-least, 0) / 4 * 3
	return write(nil, data[:min(fits, len(data))], true), true
}

func (c content) write(text *string, data []byte, cut bool) []byte {
	c.Data, c.Base64, c.Truncated = text, data, cut
	body, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("nats: numbers and text are no JSON: %v", err))
	}
	return body
}
