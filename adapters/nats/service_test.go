package nats_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	client "github.com/nats-io/nats.go"

	"github.com/grove-coordination/grove/adapters/nats"
	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/sdk"
)

// ask sends a request and reads the reply as JSON; code is that of an error, "" for none.
func ask(t *testing.T, conn *client.Conn, subject, body string) (reply map[string]any, code string) {
	t.Helper()
	var msg *client.Msg
	await(t, subject+" answers", func() (ok bool) {
		var err error
		msg, err = conn.Request(subject, []byte(body), time.Second)
		return err == nil
	})
	if err := json.Unmarshal(msg.Data, &reply); err != nil {
		t.Fatalf("%s: %v in %q", subject, err, msg.Data)
	}
	return reply, msg.Header.Get("Nats-Service-Error-Code")
}

func TestRequests(t *testing.T) {
	node, ns := openNode(t, feed.Limits{}), startServer(t, nil)
	w := openWriter(t, node)
	w.create("/app", "hello")
	w.create("/app/b", "\xff")
	w.create("/app/a", "")
	w.create("/closed", "")
	w.create("/app/big", strings.Repeat("\x01", 300_000))
	words := append([]string{"write:/app/**"}, "feed", "read:/app/**")
	a := start(t, node, words, map[string]any{"url": ns.ClientURL(), "service": "tree", "requests": true, "elect": false})
	defer a.stop()
	conn := connect(t, ns.ClientURL())
	for _, test := range []struct{ subject, body, code, want string }{
		{"tree.get", `{"path":"/app"}`, "", `"data":"hello"`},
		{"tree.get", `{"path":"/app/b"}`, "", `"data_base64":"/w=="`},
		{"tree.get", `{"path":"/app/big"}`, "-1", "reply of 18"},
		{"tree.get", `{"path":"/app/none"}`, "-101", `"text":"node does not exist"`},
		{"tree.get", `{"path":"/closed"}`, "-102", `"code":-102`},
		{"tree.get", `{"path":"app"}`, "-8", "must start with /"},
		{"tree.get", `{"node":"/app"}`, "-8", "unknown field"},
		{"tree.get", `nonsense`, "-8", "request"},
		{"tree.list", `{"path":"/app"}`, "", `"children":["a","b","big"]`},
		{"tree.list", `{"path":"/app/a"}`, "", `"children":[]`},
		{"tree.set", `{"path":"/app","data":"x"}`, "", `"version":1`},
		{"tree.set", `{"path":"/app","data":"y","version":0}`, "-103", "version does not match"},
		{"tree.set", `{"path":"/app","data":"y","data_base64":"eQ=="}`, "-8", "two data"},
		{"tree.set", `{"path":"/app/new","data_base64":"AAE="}`, "-101", "does not exist"},
		{"tree.set", `{"path":"/app/new","data_base64":"AAE=","create":true}`, "", `"path":"/app/new"`},
		{"tree.set", `{"path":"/closed","data":"x"}`, "-102", "not authorized"},
		{"tree.set", `{"path":"/app"}`, "", `"version":2`},
	} {
		reply, code := ask(t, conn, test.subject, test.body)
		text, _ := json.Marshal(reply)
		if code != test.code || !strings.Contains(string(text), test.want) {
			t.Errorf("%s %s: code %q, %s", test.subject, test.body, code, text)
		}
	}
	if got := w.do(sdk.Op{Kind: sdk.OpGetData, Path: "/app/new"}).Result.Data; string(got) != "\x00\x01" {
		t.Errorf("/app/new has %q", got)
	}
}

func TestRequestsAreOffUnlessAskedFor(t *testing.T) {
	node, ns := openNode(t, feed.Limits{}), startServer(t, nil)
	a := start(t, node, []string{"feed", "read"}, map[string]any{"url": ns.ClientURL(), "elect": false})
	defer a.stop()
	await(t, "adapter publishes", a.publishes)
	conn := connect(t, ns.ClientURL())
	ask(t, conn, "grove-service.status", "")
	if _, err := conn.Request("grove-service.get", []byte(`{"path":"/"}`), 5*time.Second); err != client.ErrNoResponders {
		t.Errorf("get: %v", err)
	}
}

// How far behind the adapter is can be asked of the adapter, and of NATS.
func TestMetrics(t *testing.T) {
	node, ns := openNode(t, feed.Limits{}), startServer(t, nil)
	a := start(t, node, grants, map[string]any{"url": ns.ClientURL()})
	defer a.stop()
	await(t, "adapter publishes", a.publishes)
	w := openWriter(t, node)
	for i := range 20 {
		w.create(fmt.Sprint("/n", i), "")
	}
	conn := connect(t, ns.ClientURL())
	var m nats.Metrics
	await(t, "all is published", func() bool {
		reply, _ := ask(t, conn, "grove-service.status", "")
		text, _ := json.Marshal(reply)
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		return m.Messages == 20 && m.LagZxid == 0
	})
	status, err := node.Status(t.Context())
	if err != nil || m.Node != "n1" || !m.Publishes || m.TreeZxid != status.Zxid || m.Zxid == 0 || m.LagMillis != 0 || m.Why != "" {
		t.Errorf("%+v, %v", m, err)
	}
	stats, _ := ask(t, conn, "$SRV.STATS.grove", "")
	text, _ := json.Marshal(stats)
	if !strings.Contains(string(text), `"messages":20`) {
		t.Errorf("stats %s", text)
	}
}

func TestServiceSettings(t *testing.T) {
	for settings, want := range map[string]string{
		`{"url":"x","service":"grove.api"}`:                "lies among the subjects",
		`{"url":"x","service":"grove"}`:                    "lies among the subjects",
		`{"url":"x","service":"a b"}`:                      "service",
		`{"url":"x","service":"","requests":true}`:         "need a service",
		`{"url":"x","paths":["app"]}`:                      "paths",
		`{"url":"x","kv":"a b"}`:                           "kv",
		`{"url":"x","kv":"a","kv_path":"a"}`:               "kv_path",
		`{"url":"x","kv":"a","kv_path":"/a*"}`:             "kv_path",
		`{"url":"x","kv":"a","jetstream":false}`:           "needs jetstream",
		`{"url":"x","kinds":["moved"]}`:                    "kinds",
		`{"url":"x","service":"grove.api","subject":"g2"}`: "",
	} {
		err := nats.New().Configure([]byte(settings))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", settings, err)
		}
	}
}
