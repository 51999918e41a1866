package zoocfg

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
)

// node is who this server is and where it keeps what it holds: in a folder of its own beside ZooKeeper's files, which
// Grove does not read.
func (t *translation) node() error {
	if t.id != "" {
		t.set("node.id", t.id, "myid")
	}
	data, ok := t.take("dataDir")
	if !ok {
		return fmt.Errorf("%s: dataDir is not there", t.name)
	}
	t.set("data.dir", filepath.Join(data.value, "grove"), "dataDir")
	t.note(data, "data.dir is a folder in it: nothing of what ZooKeeper keeps there is read")
	return nil
}

// listen is the addresses for clients and for people. ZooKeeper listens at every interface unless it is told.
func (t *translation) listen() error {
	plain, err := t.address("clientPort", "clientPortAddress")
	if err != nil {
		return err
	}
	secure, err := t.address("secureClientPort", "secureClientPortAddress")
	if err != nil {
		return err
	}
	switch own := t.own(); {
	case plain != "":
		t.set("listen.zookeeper", plain, "clientPort")
	case own != nil && own.client != "":
		t.set("listen.zookeeper", own.client, "server."+t.id)
	case secure != "":
		t.set("listen.zookeeper", "127.0.0.1:0", "")
		e, _ := t.get("secureClientPort")
		t.note(e, "listen.zookeeper cannot be left out: it is a free port for this host alone")
	}
	if secure != "" {
		t.set("listen.zookeeper_tls", secure, "secureClientPort")
	}
	return t.admin()
}

// address joins a port and the key that says where; "" without the port.
func (t *translation) address(port, host string) (string, error) {
	n, ok, err := t.number(port, 0, 0)
	if err != nil || !ok {
		return "", err
	}
	where, _ := t.take(host)
	return net.JoinHostPort(anyHost(where.value), strconv.Itoa(n)), nil
}

// anyHost is "" for the addresses that stand for every interface.
func anyHost(host string) string {
	if host == "0.0.0.0" || host == "::" {
		return ""
	}
	return host
}

// admin is the address for people. It has no access control, and so is for this host alone unless an address was said.
func (t *translation) admin() error {
	if enabled, ok := t.truth("admin.enableServer"); ok && !enabled {
		e, _ := t.get("admin.enableServer")
		t.set("listen.admin", "127.0.0.1:0", "admin.enableServer")
		t.note(e, "listen.admin cannot be left out: it is a free port for this host alone")
		return nil
	}
	port, ok, err := t.number("admin.serverPort", 0, 8080)
	host, told := t.take("admin.serverAddress")
	if err != nil || !ok && !told {
		return err
	}
	if !told {
		host.value = "127.0.0.1"
		e, _ := t.get("admin.serverPort")
		t.note(e, "listen.admin is for this host alone, as it has no access control; admin.serverAddress says otherwise")
	}
	t.set("listen.admin", net.JoinHostPort(anyHost(host.value), strconv.Itoa(port)), "admin.serverPort")
	return nil
}

// sessions is how long a session may wish to live: two and twenty ticks, unless it is said outright.
func (t *translation) sessions() error {
	tick, _, err := t.number("tickTime", 1, 3000)
	if err != nil {
		return err
	}
	for _, bound := range []struct {
		key, from string
		ticks     int
	}{{"session.min_timeout", "minSessionTimeout", 2}, {"session.max_timeout", "maxSessionTimeout", 20}} {
		millis, told, err := t.number(bound.from, -1, -1)
		if err != nil {
			return err
		}
		from := bound.from
		if !told || millis <= 0 {
			millis, from = bound.ticks*tick, "tickTime"
		}
		t.set(bound.key, (time.Duration(millis) * time.Millisecond).String(), from)
	}
	return nil
}

// clients is what clients may do, and how many.
func (t *translation) clients() error {
	t.words()
	if err := t.millis("zookeeper.handshake_timeout", "nio.sessionlessCnxnTimeout"); err != nil {
		return err
	}
	for _, limit := range []struct{ key, from string }{
		{"zookeeper.max_connections", "maxCnxns"}, {"zookeeper.max_per_address", "maxClientCnxns"},
		{"zookeeper.max_frame", "jute.maxbuffer"},
	} {
		n, ok, err := t.number(limit.from, 0, 0)
		if err != nil {
			return err
		}
		if ok {
			t.set(limit.key, n, limit.from)
		}
	}
	return nil
}

func (t *translation) words() {
	list, ok := t.take("4lw.commands.whitelist")
	if !ok {
		return
	}
	var words, others []string
	for word := range strings.SplitSeq(list.value, ",") {
		switch word = strings.TrimSpace(word); {
		case word == "":
		case zookeeper.CheckWords([]string{word}) == nil:
			words = append(words, word)
		default:
			others = append(others, word)
		}
	}
	if len(others) > 0 {
		t.note(list, "%s left out: Grove has no such word", strings.Join(others, ", "))
	}
	if slices.Contains(words, "*") {
		words = []string{"*"}
	}
	if len(words) > 0 {
		t.set("zookeeper.four_letter_words", words, "4lw.commands.whitelist")
	}
}

// millis sets a time span of so many milliseconds.
func (t *translation) millis(key, from string) error {
	n, ok, err := t.number(from, 1, 0)
	if ok && err == nil {
		t.set(key, (time.Duration(n) * time.Millisecond).String(), from)
	}
	return err
}

// disk is when nodes that end by themselves are looked for, and when the log is cut short.
func (t *translation) disk() error {
	if err := t.millis("sweep.interval", "znode.container.checkIntervalMs"); err != nil {
		return err
	}
	n, ok, err := t.number("snapCount", 1, 0)
	if ok && err == nil {
		t.set("snapshot.entries", n, "snapCount")
		e, _ := t.get("snapCount")
		t.note(e, "snapshot.entries counts entries of the log, and one may hold many writes")
	}
	return err
}
