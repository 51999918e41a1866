package zookeeper_test

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
)

// members are a cluster of two who vote and one who does not.
var members = []sdk.Member{
	{ID: "n1", Addr: "10.0.0.1:2888", Clients: "10.0.0.1:2181"}, {ID: "n2", Addr: "10.0.0.2:2888"},
	{ID: "n3", Addr: "10.0.0.3:2888", Clients: "10.0.0.3:2181", Observer: true},
}

// TestWords asks the four-letter words of testdata/words.txt, all of one server. What differs from run to run is masked.
func TestWords(t *testing.T) {
	host := newFakeHost()
	host.status = sdk.Status{NodeID: "n1", Role: sdk.RoleFollower, Zxid: 0x2a, Nodes: 5, Sessions: 7, Watches: 3, Serving: true,
		Ephemerals: 2, DataSize: 51, Members: members}
	host.states = []sdk.SessionState{
		{ID: 0x51, Timeout: 10e9, Here: true, Ephemerals: []string{"/e", "/e2"}, Watches: []sdk.Watched{
			{Path: "/e", Type: sdk.WatchData}, {Path: "/e", Type: sdk.WatchChildren}, {Path: "/nope", Type: sdk.WatchRecursive}}},
		{ID: -0x52, Timeout: 4e9, Watches: []sdk.Watched{{Path: "/e", Type: sdk.WatchData}}},
		{ID: 0x53, Timeout: 4e9, Ephemerals: []string{"/x"}},
	}
	address, _ := start(t, host, zookeeper.Config{Words: []string{"*"}, MaxPerAddress: 60,
		About: zookeeper.About{Version: "v1.2.3", DataDir: t.TempDir(), MinTimeout: 4e9, MaxTimeout: 40e9}})
	var c *client
	datadriven.RunTest(t, "testdata/words.txt", func(t *testing.T, d *datadriven.TestData) string {
		switch d.Cmd {
		case "connect":
			c = connected(t, address)
		case "exists":
			c.ask(7, sdk.Op{Kind: sdk.OpExists, Path: "/none"})
			c.expectAnswer(7, sdk.CodeNoNode)
		case "serving":
			host.mu.Lock()
			host.status.Serving = d.CmdArgs[0].Key == "yes"
			host.mu.Unlock()
		case "leading":
			host.mu.Lock()
			host.status.Role, host.status.Learners = sdk.RoleLeader, []string{"n2", "n3"}
			host.mu.Unlock()
		case "alone":
			host.mu.Lock()
			host.status.Members = members[:1]
			host.mu.Unlock()
		default:
			return masked(ask(t, address, d.Cmd)) + "\n(end)"
		}
		return ""
	})
}

// ask sends a word and reads until the server hangs up.
func ask(t *testing.T, address, word string) string {
	t.Helper()
	c := dial(t, address)
	c.write([]byte(word))
	text, err := io.ReadAll(c.socket)
	if err != nil {
		t.Fatalf("%s: %v", word, err)
	}
	c.socket.Close()
	return string(text)
}

var masks = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "ADDRESS"},
	{regexp.MustCompile(`(?m)((?:clientPort|dataDir|dataLogDir|host\.name|go\.version|os\.name|os\.arch|user\.\w+)=).*$`), "${1}..."},
	{regexp.MustCompile(`((?:est|lresp|llat|minlat|avglat|maxlat)=)\d+`), "${1}N"},
	{regexp.MustCompile(`(zk_(?:uptime|\w+_latency|open_\w+_count)\t)[\d.]+|(zk_max_file_descriptor_count\t)\w+`), "$1${2}N"},
	{regexp.MustCompile(`(Latency min/avg/max: )[\d.]+/\d+\.\d+/\d+`), "${1}N"},
}

func masked(text string) string {
	for _, mask := range masks {
		text = mask.what.ReplaceAllString(text, mask.with)
	}
	return text
}

// TestWordsByDefault: what only reads and makes no list is answered, nothing else.
func TestWordsByDefault(t *testing.T) {
	host := newFakeHost()
	host.status.Serving = true
	address, _ := start(t, host, zookeeper.Config{})
	for word, good := range map[string]bool{"ruok": true, "srvr": true, "stat": true, "mntr": true, "conf": true, "cons": true,
		"envi": true, "isro": true, "dump": false, "wchs": false, "wchc": false, "wchp": false,
		"crst": false, "srst": false, "dirs": false, "hash": false, "gtmk": false, "stmk": false} {
		text := ask(t, address, word)
		if refused := word + " is not executed because it is not in the whitelist.\n"; (text != refused) != good {
			t.Errorf("%s: %q", word, text)
		}
	}
}

func TestCheckWords(t *testing.T) {
	for list, good := range map[string]bool{"": true, "ruok": true, "ruok srvr": true, "*": true, "stmk": false, "ruok x": false} {
		if err := zookeeper.CheckWords(strings.Fields(list)); (err == nil) != good {
			t.Errorf("%q: %v", list, err)
		}
	}
	if err := zookeeper.CheckWords(zookeeper.DefaultWords()); err != nil {
		t.Error(err)
	}
}

// TestWordsWithoutAnInspector: what the host cannot list is refused.
func TestWordsWithoutAnInspector(t *testing.T) {
	host := newFakeHost()
	host.status.Serving = true
	address, _ := serve(t, struct{ sdk.Host }{host}, zookeeper.Config{Words: []string{"*"}})
	for _, word := range []string{"dump", "wchs", "wchc", "wchp"} {
		if text := ask(t, address, word); !strings.Contains(text, "not in the whitelist") {
			t.Errorf("%s: %q", word, text)
		}
	}
}

// TestWordsReadOnly: a node that lets clients read without a quorum says so, and is not well all the same.
func TestWordsReadOnly(t *testing.T) {
	host := newFakeHost()
	host.status.Members = members
	address, _ := start(t, host, zookeeper.Config{ReadOnly: true})
	for word, want := range map[string]string{"isro": "ro", "srvr": "\nMode: read-only\n", "mntr": "zk_server_state\tread-only\n", "ruok": "not currently serving"} {
		if text := ask(t, address, word); !strings.Contains(text, want) {
			t.Errorf("%s: %q", word, text)
		}
	}
}

// TestNoWords: an empty list is none at all.
func TestNoWords(t *testing.T) {
	address, _ := start(t, newFakeHost(), zookeeper.Config{Words: []string{}})
	if text := ask(t, address, "ruok"); !strings.Contains(text, "not in the whitelist") {
		t.Errorf("%q", text)
	}
}

// TestWordWithMore: what follows a word does not cost the client the answer.
func TestWordWithMore(t *testing.T) {
	host := newFakeHost()
	host.status.Serving = true
	address, _ := start(t, host, zookeeper.Config{})
	for _, more := range []string{"\n", "\r\n", strings.Repeat("x", 100_000)} {
		if text := ask(t, address, "ruok"+more); text != "imok" {
			t.Errorf("with %d bytes more: %q", len(more), text)
		}
	}
}

// TestWordsOfANode: a node knows all that they ask of it.
func TestWordsOfANode(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{Words: []string{"*"}})
	c := connected(t, address)
	c.create("/e", sdk.ModeEphemeral)
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpExists, Path: "/e", Watch: true})
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpGetChildren, Path: "/", Watch: true})
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpAddWatch, Path: "/e", Type: sdk.WatchRecursive})
	id := uint64(c.session.SessionID)
	for word, want := range map[string]string{
		"wchs": "1 connections watching 2 paths\nTotal watches:3\n",
		"wchc": fmt.Sprintf("%#x\n\t/\n\t/e\n\n", id),
		"wchp": fmt.Sprintf("/\n\t%#x\n/e\n\t%#x\n\n", id, id),
		"dump": fmt.Sprintf("Global Sessions(1):\n%#x\t10000ms\nephemeral nodes dump:\nSessions with Ephemerals (1):\n%#x:\n\t/e\n", id, id),
		"mntr": "zk_ephemerals_count\t1\n",
		"srvr": "Mode: standalone\n",
	} {
		if text := ask(t, address, word); !strings.Contains(text, want) {
			t.Errorf("%s: %q, want %q in it", word, text, want)
		}
	}
}
