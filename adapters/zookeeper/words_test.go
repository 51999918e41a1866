package zookeeper_test

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/sdk"
)

// TestWords asks the four-letter words of testdata/words.txt, all of one server. What differs from run to run is masked.
func TestWords(t *testing.T) {
	host := newFakeHost()
	host.status = sdk.Status{NodeID: "n1", Role: sdk.RoleFollower, Zxid: 0x2a, Nodes: 5, Sessions: 7, Watches: 3, Serving: true}
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
	{regexp.MustCompile(`(?m)((?:clientPort|dataDir|host\.name|go\.version|os\.name|os\.arch|user\.\w+)=).*$`), "${1}..."},
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

// TestWordsByDefault: what only reads is answered, nothing else.
func TestWordsByDefault(t *testing.T) {
	host := newFakeHost()
	host.status.Serving = true
	address, _ := start(t, host, zookeeper.Config{})
	for word, good := range map[string]bool{"ruok": true, "srvr": true, "stat": true, "mntr": true, "conf": true, "cons": true,
		"envi": true, "isro": true, "crst": false, "srst": false, "dirs": false, "dump": false, "stmk": false} {
		text := ask(t, address, word)
		if refused := word + " is not executed because it is not in the whitelist.\n"; (text != refused) != good {
			t.Errorf("%s: %q", word, text)
		}
	}
}

func TestCheckWords(t *testing.T) {
	for list, good := range map[string]bool{"": true, "ruok": true, "ruok srvr": true, "*": true, "dump": false, "ruok x": false} {
		if err := zookeeper.CheckWords(strings.Fields(list)); (err == nil) != good {
			t.Errorf("%q: %v", list, err)
		}
	}
	if err := zookeeper.CheckWords(zookeeper.DefaultWords()); err != nil {
		t.Error(err)
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
