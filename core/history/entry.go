package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/sdk"
)

// Entry is one change of one node. Its data in the tree is a line of JSON, then the data of the changed node as it is.
type Entry struct {
	Zxid    int64
	Time    int64 // milliseconds since the Unix epoch
	Kind    sdk.ChangeKind
	Version int32    // data version after the change; for an ACL change the ACL version
	Who     []string // what the writer had proved to be beside the address, as scheme:id; of a digest only the user
	From    string   // the address of the writer; "" when the server itself wrote, or ended a session
	Session int64    // of the writer; of an ephemeral that ended with its session: that one; else 0
	Data    []byte   // of a created or changed node; nil and empty are different values
}

// head is the first line of an entry. Entries are read by later versions: keys are only added, and what is written of those
// there are stays as it is.
type head struct {
	Zxid    int64    `json:"zxid"`
	Time    int64    `json:"time"`
	Kind    string   `json:"kind"`
	Version int32    `json:"version"`
	Who     []string `json:"who,omitempty"`
	From    string   `json:"from,omitempty"`
	Session int64    `json:"session,omitempty"`
	Null    bool     `json:"null,omitempty"` // created, changed: without data, which is not the same as empty data
}

// newEntry is what one effect of a transaction leaves.
func newEntry(at tree.Stamp, by tree.Actor, c *sdk.Change) Entry {
	e := Entry{Zxid: at.Zxid, Time: at.Time, Kind: c.Kind, Version: c.Version, Session: by.Session, Data: c.Data}
	for _, id := range by.Identities {
		switch id = id.Shown(); id.Scheme {
		case "ip":
			e.From = id.ID
		case "world":
		case sdk.SchemeSuper:
			e.Who = append(e.Who, id.Scheme)
		default:
			e.Who = append(e.Who, id.Scheme+":"+id.ID)
		}
	}
	return e
}

// beforeEntry is what history begins with, of a node that was there before it: who gave it its data is not known.
func beforeEntry(v *tree.Version) Entry {
	kind := sdk.Changed
	if v.Number == 0 {
		kind = sdk.Created
	}
	return Entry{Zxid: v.Zxid, Time: v.Time, Kind: kind, Version: v.Number, Data: v.Data}
}

// HasData reports whether the change gave the node data, be it none: then a version of the data begins with it.
func (e *Entry) HasData() bool { return e.Kind == sdk.Created || e.Kind == sdk.Changed }

// append appends the entry as a node holds it. Its first line is a head.
func (e *Entry) append(dst []byte) []byte {
	dst = appendNumber(dst, `{"zxid":`, e.Zxid)
	dst = appendNumber(dst, `,"time":`, e.Time)
	dst = append(append(append(dst, `,"kind":"`...), e.Kind.String()...), '"')
	dst = appendNumber(dst, `,"version":`, int64(e.Version))
	for i, who := range e.Who {
		if i == 0 {
			dst = append(dst, `,"who":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = appendText(dst, who)
	}
	if len(e.Who) > 0 {
		dst = append(dst, ']')
	}
	if e.From != "" {
		dst = appendText(append(dst, `,"from":`...), e.From)
	}
	if e.Session != 0 {
		dst = appendNumber(dst, `,"session":`, e.Session)
	}
	if e.Data == nil && e.HasData() {
		dst = append(dst, `,"null":true`...)
	}
	return append(append(dst, "}\n"...), e.Data...)
}

// ParseEntry reads the data of an entry's node. The Data of what it returns shares memory with it. Keys that it does not
// know are passed over.
func ParseEntry(data []byte) (Entry, error) {
	line, rest, found := bytes.Cut(data, []byte("\n"))
	if !found {
		return Entry{}, errors.New("history entry: no line of JSON before the data")
	}
	var h head
	if err := json.Unmarshal(line, &h); err != nil {
		return Entry{}, fmt.Errorf("history entry: %w", err)
	}
	e := Entry{
		Zxid: h.Zxid, Time: h.Time, Kind: kindNamed(h.Kind), Version: h.Version,
		Who: h.Who, From: h.From, Session: h.Session, Data: rest,
	}
	if e.Kind == 0 {
		return Entry{}, fmt.Errorf("history entry: kind %q is not known", h.Kind)
	}
	if h.Null || !e.HasData() {
		e.Data = nil
	}
	return e, nil
}

func kindNamed(word string) sdk.ChangeKind {
	for kind := sdk.Created; kind <= sdk.ACLChanged; kind++ {
		if kind.String() == word {
			return kind
		}
	}
	return 0
}
