package nats

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/grove-coordination/grove/sdk"
)

var cloudTxn = &sdk.Transaction{Zxid: 4, Time: 1_700_000_000_123, Changes: []sdk.Change{
	{Kind: sdk.Created, Path: "/app/ü x", Data: []byte("hello"), Version: 3},
	{Kind: sdk.Changed, Path: "/b", Data: []byte("\xff\x00")},
	{Kind: sdk.Deleted, Path: "/b"},
}}

// event is what a reader who knows CloudEvents makes of a message; attributes that it must have are there.
func event(t *testing.T, msg *nats.Msg) (attributes map[string]string, data []byte) {
	t.Helper()
	attributes = map[string]string{}
	if strings.HasPrefix(msg.Header.Get("Content-Type"), "application/cloudevents") {
		var all map[string]any
		if err := json.Unmarshal(msg.Data, &all); err != nil {
			t.Fatal(err)
		}
		for name, value := range all {
			if text, ok := value.(string); ok {
				attributes[name] = text
			}
		}
		data = []byte(attributes["data"])
		if text, ok := attributes["data_base64"]; ok {
			data, _ = base64.StdEncoding.DecodeString(text)
		}
	} else {
		for name, values := range msg.Header {
			if attribute, ok := strings.CutPrefix(name, "ce-"); ok {
				attributes[attribute], _ = url.PathUnescape(values[0])
			}
		}
		data = msg.Data
	}
	if attributes["specversion"] != "1.0" || attributes["id"] == "" || attributes["source"] == "" || attributes["type"] == "" {
		t.Errorf("%s is no event: %v", msg.Subject, attributes)
	}
	return attributes, data
}

func TestCloudEvents(t *testing.T) {
	for _, body := range []string{bodyCloud, bodyCloudBinary} {
		f := format{prefix: "grove", cluster: "c1", body: body, maxPayload: 1 << 20}
		for i, want := range []map[string]string{
			{"id": "c1-4-0", "source": "/grove/c1", "type": "grove.created", "subject": "/app/ü x", "time": "2023-11-14T22:13:20.123Z",
				"datacontenttype": "text/plain; charset=utf-8", "grovezxid": "4"},
			{"id": "c1-4-1", "type": "grove.changed", "subject": "/b", "datacontenttype": "application/octet-stream"},
			{"id": "c1-4-2", "type": "grove.deleted", "datacontenttype": ""},
		} {
			attributes, data := event(t, f.change(cloudTxn, i))
			for name, value := range want {
				if attributes[name] != value {
					t.Errorf("%s %d: %s is %q, want %q", body, i, name, attributes[name], value)
				}
			}
			if string(data) != string(cloudTxn.Changes[i].Data) {
				t.Errorf("%s %d: data %q", body, i, data)
			}
		}
		ids := map[string]bool{}
		for _, msg := range []*nats.Msg{
			f.gap(1, 2, true), f.complete(2, 0), f.progress(2), f.skipped(cloudTxn, 0, 9), f.skippedNode(2, 9),
			f.state(2, &cloudTxn.Changes[0]), f.state(2, &cloudTxn.Changes[1]), f.node(2, "/n", &sdk.Result{}),
		} {
			attributes, _ := event(t, msg)
			if id := attributes["id"]; ids[id] {
				t.Errorf("%s: id %s again", msg.Subject, id)
			} else {
				ids[id] = true
			}
		}
	}
}

// What is too long is cut, and says so, in every form.
func TestCloudEventsAreCut(t *testing.T) {
	large := &sdk.Transaction{Zxid: 4, Changes: []sdk.Change{{Kind: sdk.Created, Path: "/a", Data: []byte(strings.Repeat("<", 5000))}}}
	for _, body := range bodies {
		f := format{prefix: "grove", body: body, maxPayload: 3000}
		msg := f.change(large, 0)
		if size, fits := f.fits(msg); !fits || size < 2000 || msg.Header.Get(headerCut) != "true" {
			t.Errorf("%s: %d bytes, %v", body, size, msg.Header)
		}
	}
}
