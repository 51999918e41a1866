package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/grove-coordination/grove/sdk"
)

// node is a node with its data as JSON shows it: "data" when that is text, null when there is none, and
// "data_base64" when it is not text.
type node struct {
	Path string
	Data []byte
	Stat sdk.Stat
}

func (n node) MarshalJSON() ([]byte, error) {
	type common struct {
		Path string   `json:"path"`
		Stat statJSON `json:"stat"`
	}
	head := common{n.Path, statJSON(n.Stat)}
	if !utf8.Valid(n.Data) {
		return json.Marshal(struct {
			common
			Data []byte `json:"data_base64"`
		}{head, n.Data})
	}
	var text *string
	if n.Data != nil {
		s := string(n.Data)
		text = &s
	}
	return json.Marshal(struct {
		common
		Data *string `json:"data"`
	}{head, text})
}

// statOf is the Stat of a node as JSON shows it.
type statOf struct {
	Path string   `json:"path"`
	Stat statJSON `json:"stat"`
}

// statJSON has ZooKeeper's names for the fields of a Stat.
type statJSON struct {
	Czxid          int64 `json:"czxid"`
	Mzxid          int64 `json:"mzxid"`
	Ctime          int64 `json:"ctime"`
	Mtime          int64 `json:"mtime"`
	Version        int32 `json:"version"`
	Cversion       int32 `json:"cversion"`
	Aversion       int32 `json:"aversion"`
	EphemeralOwner int64 `json:"ephemeralOwner"`
	DataLength     int32 `json:"dataLength"`
	NumChildren    int32 `json:"numChildren"`
	Pzxid          int64 `json:"pzxid"`
}

// printStat writes the fields as zkCli does, but for the times, which are RFC 3339.
func printStat(out io.Writer, s sdk.Stat) error {
	_, err := fmt.Fprintf(out, "cZxid = %#x\nctime = %s\nmZxid = %#x\nmtime = %s\npZxid = %#x\ncversion = %d\n"+
		"dataVersion = %d\naclVersion = %d\nephemeralOwner = %#x\ndataLength = %d\nnumChildren = %d\n",
		s.Czxid, clock(s.Ctime), s.Mzxid, clock(s.Mtime), s.Pzxid, s.Cversion,
		s.Version, s.Aversion, s.EphemeralOwner, s.DataLength, s.NumChildren)
	return err
}

// clock writes milliseconds since the Unix epoch as a time of day in UTC.
func clock(millis int64) string {
	return time.UnixMilli(millis).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}
