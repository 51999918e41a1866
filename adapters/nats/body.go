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
	c.setData(data)
	body = c.marshal()
	if len(body) <= room {
		return body, false
	}
	c.Data, c.Base64, c.Truncated = nil, nil, true
	fits := max(room-len(c.marshal())-len(`,"data_base64":""`), 0) / 4 * 3
	c.Base64 = data[:min(fits, len(data))]
	return c.marshal(), true
}

// setData keeps what is absent, what is empty and what is no text apart.
func (c *content) setData(data []byte) {
	switch {
	case data == nil:
	case utf8.Valid(data):
		text := string(data)
		c.Data = &text
	default:
		c.Base64 = data
	}
}

func (c content) marshal() []byte {
	body, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("nats: numbers and text are no JSON: %v", err))
	}
	return body
}
