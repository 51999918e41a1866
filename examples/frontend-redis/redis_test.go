package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	redis "github.com/grove-coordination/grove/examples/frontend-redis"
	"github.com/grove-coordination/grove/plugins"
	"github.com/grove-coordination/grove/sdk"
)

// serve runs the frontend on a core of its own, with these grants, and returns its address.
func serve(t *testing.T, grants ...string) string {
	t.Helper()
	grant, err := plugins.ParseGrant(grants)
	if err != nil {
		t.Fatal(err)
	}
	return start(t, plugins.Limit(openCore(t), grant))
}

// openCore opens a core of its own for the test, and waits until it serves.
func openCore(t *testing.T) *core.Node {
	t.Helper()
	peer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	node, err := core.Open(core.Config{ID: "n1", Dir: t.TempDir(), PeerListener: peer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	await(t, func() bool { status, err := node.Status(t.Context()); return err == nil && status.Serving })
	return node
}

func start(t *testing.T, host sdk.Host) string {
	t.Helper()
	r := redis.New()
	settings, err := json.Marshal(map[string]string{"listen": "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Configure(settings); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Serve(ctx, host) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	var where string
	await(t, func() bool { where, err = r.Ready(); return err == nil })
	return strings.TrimPrefix(where, "redis://")
}

func await(t *testing.T, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); !done(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("waited in vain")
		}
	}
}

// person is a client that writes words and shows answers on one line.
type person struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dial(t *testing.T, address string) *person {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &person{t, conn, bufio.NewReader(conn)}
}

func (p *person) say(words ...string) {
	p.t.Helper()
	var out strings.Builder
	fmt.Fprintf(&out, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&out, "$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := io.WriteString(p.conn, out.String()); err != nil {
		p.t.Fatal(err)
	}
}

// hear reads one answer: 1 for an integer, "text" for a bulk string, nil, [a b] for an array, text for the others.
func (p *person) hear() string {
	p.t.Helper()
	line, err := p.in.ReadString('\n')
	if err != nil {
		p.t.Fatal(err)
	}
	line = strings.TrimSuffix(line, "\r\n")
	n, _ := strconv.Atoi(line[1:])
	switch {
	case line == "*-1":
		return "nothing"
	case line == "$-1":
		return "nil"
	case line[0] == '$':
		text := make([]byte, n+2)
		if _, err := io.ReadFull(p.in, text); err != nil {
			p.t.Fatal(err)
		}
		return strconv.Quote(string(text[:n]))
	case line[0] == '*':
		items := make([]string, n)
		for i := range items {
			items[i] = p.hear()
		}
		return fmt.Sprint(items)
	}
	return strings.TrimPrefix(strings.TrimPrefix(line, ":"), "+")
}

func (p *person) ask(words ...string) string {
	p.t.Helper()
	p.say(words...)
	return p.hear()
}

// conversation plays lines of words, and what is answered to them.
func (p *person) conversation(steps [][2]string) {
	p.t.Helper()
	for _, step := range steps {
		words := strings.Fields(step[0])
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "''", "")
		}
		if got := p.ask(words...); got != step[1] {
			p.t.Errorf("%s: %s, want %s", step[0], got, step[1])
		}
	}
}

func TestConversation(t *testing.T) {
	p := dial(t, serve(t, "read", "write", "feed"))
	p.conversation([][2]string{
		{"PING", "PONG"}, {"ping hello", `"hello"`}, {"ECHO a", `"a"`}, {"SELECT 0", "OK"}, {"SELECT 1", "-ERR DB index is out of range"},
		{"GET a", "nil"}, {"SET a 1", "OK"}, {"get a", `"1"`}, {"SET a ''", "OK"}, {"GET a", `""`}, {"EXISTS a b a", "2"},
		{"SET a 2 NX", "nil"}, {"SET a 2 XX", "OK"}, {"SET b 1 XX", "nil"}, {"SET b 1 NX", "OK"}, {"SET b 2 GET", `"1"`},
		{"SET b 2 NX XX", "-ERR syntax error"}, {"SET b 2 EX", "-ERR syntax error"}, {"SET b 2 EX 0", "-ERR invalid expire time"}, {"SET b 2 PX 1 KEEPTTL", "-ERR syntax error"}, {"SETNX b 1", "0"}, {"SETNX c 1", "1"},
		{"MGET a b x", `["2" "2" nil]`}, {"STRLEN a", "1"},
		{"INCR n", "1"}, {"INCRBY n 9", "10"}, {"DECR n", "9"}, {"GET n", `"9"`}, {"SET s x", "OK"},
		{"INCR s", "-ERR value is not an integer or out of range"}, {"INCRBY n x", "-ERR value is not an integer or out of range"},
		{"SET max 9223372036854775807", "OK"}, {"INCR max", "-ERR increment or decrement would overflow"},
		{"DEL max x s", "2"}, {"DEL a b c n", "4"}, {"KEYS *", "[]"},
		{"SET app/x/one 1", "OK"}, {"SET app/x/two 2", "OK"}, {"GET app/x", "nil"}, {"EXISTS app", "0"}, // only there for those below
		{"SET app/x here", "OK"}, {"DEL app/x", "1"}, {"GET app/x/one", `"1"`}, {"DEL app/x", "0"},
		{"KEYS app/x/t*", `["app/x/two"]`}, {"KEYS *[e]", `["app/x/one"]`}, {"SCAN 0 MATCH *w? COUNT 5", `["0" ["app/x/two"]]`},
		{"SCAN 7", "-ERR invalid cursor"}, {"SCAN 0 TYPE string", "-ERR syntax error"},
		{"GET /a", `-ERR invalid path "//a": component ""`}, {"GET grove/validators", "-ERR no such key is possible"},
		{"GET", "-ERR wrong number of arguments for 'get' command"}, {"FLUSHALL", "-ERR unknown command 'FLUSHALL'"},
	})
	if got, want := p.ask("GET", strings.Repeat("a/", 40)+"a"), "-ERR key has more than 32 components"; got != want {
		t.Errorf("deep key: %s", got)
	}
	if _, err := io.WriteString(p.conn, "\r\nGET  app/x/one\r\n"); err != nil || p.hear() != `"1"` { // as with telnet
		t.Errorf("inline command: %v", err)
	}
	if got := p.ask("QUIT"); got != "OK" {
		t.Errorf("QUIT: %s", got)
	}
	if _, err := p.in.ReadByte(); err != io.EOF {
		t.Errorf("connection goes on: %v", err)
	}
}

func TestTransaction(t *testing.T) {
	address := serve(t, "read", "write")
	p := dial(t, address)
	p.conversation([][2]string{
		{"EXEC", "-ERR EXEC without MULTI"}, {"SET s text", "OK"},
		{"MULTI", "OK"}, {"MULTI", "-ERR MULTI calls can not be nested"}, {"SET x/a 1", "QUEUED"}, {"INCR x/a", "QUEUED"},
		{"INCR s", "QUEUED"}, {"GET x/a", "QUEUED"}, {"DEL s", "QUEUED"}, {"GET s", "QUEUED"},
		{"EXEC", `[OK 2 -ERR value is not an integer or out of range "2" 1 nil]`}, {"GET x/a", `"2"`}, {"EXISTS s", "0"},
		{"MULTI", "OK"}, {"SET y 1", "QUEUED"}, {"DISCARD", "OK"}, {"GET y", "nil"},
		{"MULTI", "OK"}, {"SET y 1", "QUEUED"}, {"NOPE", "-ERR unknown command 'NOPE'"}, {"KEYS *", "-ERR unknown command 'KEYS'"},
		{"EXEC", "-EXECABORT Transaction discarded because of previous errors."}, {"GET y", "nil"},
		{"MULTI", "OK"}, {"EXEC", "[]"},
	})
}

func TestKeysExpire(t *testing.T) {
	p := dial(t, serve(t, "read", "write"))
	p.conversation([][2]string{
		{"TTL a", "-2"}, {"SET a 1", "OK"}, {"TTL a", "-1"}, {"EXPIRE a 100", "1"}, {"TTL a", "100"}, {"GET a", `"1"`},
		{"INCR a", "2"}, {"TTL a", "100"}, {"SET a 3 KEEPTTL", "OK"}, {"TTL a", "100"}, {"PERSIST a", "1"}, {"TTL a", "-1"}, {"PERSIST a", "0"},
		{"SET a 4 EX 50", "OK"}, {"TTL a", "50"}, {"SET a 5", "OK"}, {"TTL a", "-1"}, {"EXPIRE none 5", "0"},
		{"MULTI", "OK"}, {"SET m 1 EX 9", "QUEUED"}, {"TTL m", "QUEUED"}, {"EXEC", "[OK 9]"}, {"TTL m", "9"},
		{"SET d/e 1", "OK"}, {"SET d 1 EX 5", "-ERR d: a key with others below it does not expire"}, {"EXPIRE a x", "-ERR value is not an integer or out of range"},
		{"SET short 1 PX 30", "OK"},
	})
	await(t, func() bool { return p.ask("GET", "short") == "nil" }) // long before the server sweeps it away
	p.conversation([][2]string{
		{"EXISTS short", "0"}, {"TTL short", "-2"}, {"KEYS sh*", "[]"}, {"SET short 2 XX", "nil"}, {"SET short 2 NX", "OK"}, {"TTL short", "-1"},
	})
}

func TestWatchedKeys(t *testing.T) {
	address := serve(t, "read", "write")
	p, other := dial(t, address), dial(t, address)
	p.conversation([][2]string{
		{"SET a 1", "OK"}, {"WATCH a none", "OK"}, {"MULTI", "OK"}, {"WATCH b", "-ERR WATCH inside MULTI is not allowed"}, {"SET b 1", "QUEUED"}, {"EXEC", "[OK]"},
		{"WATCH a", "OK"}, {"GET a", `"1"`}, {"MULTI", "OK"}, {"SET b 2", "QUEUED"},
	})
	other.ask("SET", "a", "2")
	p.conversation([][2]string{{"EXEC", "nothing"}, {"GET b", `"1"`}, {"WATCH none", "OK"}})
	other.ask("SET", "none", "1")
	p.conversation([][2]string{
		{"MULTI", "OK"}, {"SET b 3", "QUEUED"}, {"EXEC", "nothing"}, {"GET b", `"1"`},
		{"WATCH a", "OK"}, {"UNWATCH", "OK"},
	})
	other.ask("SET", "a", "3")
	p.conversation([][2]string{{"MULTI", "OK"}, {"SET b 4", "QUEUED"}, {"EXEC", "[OK]"}, {"GET b", `"4"`}})
}

// Many that count at once lose nothing, and what moves between two keys is never seen in both or in none.
func TestNothingIsLostBetweenClients(t *testing.T) {
	address := serve(t, "read", "write")
	dial(t, address).conversation([][2]string{{"SET left 100", "OK"}, {"SET right 0", "OK"}})
	const clients, turns = 4, 25
	t.Run("together", func(t *testing.T) {
		for range clients {
			t.Run("writer", func(t *testing.T) {
				t.Parallel()
				for p, n := dial(t, address), 0; n < turns; n++ {
					for _, words := range []string{"INCR count", "MULTI", "DECR left", "INCR right"} {
						p.persist(strings.Fields(words)...)
					}
					for p.ask("EXEC") == busy {
						p.conversation([][2]string{{"MULTI", "OK"}, {"DECR left", "QUEUED"}, {"INCR right", "QUEUED"}})
					}
				}
			})
		}
		t.Run("reader", func(t *testing.T) {
			t.Parallel()
			for p, n := dial(t, address), 0; n < turns; n++ {
				p.ask("MULTI")
				p.ask("MGET", "left", "right")
				answer := p.ask("EXEC")
				var left, right int
				if _, err := fmt.Sscanf(answer, `[["%d" "%d"]]`, &left, &right); answer != busy && (err != nil || left+right != 100) {
					t.Errorf("seen %s", answer)
				}
			}
		})
	})
	if got := dial(t, address).ask("MGET", "count", "left", "right"); got != `["100" "0" "100"]` {
		t.Errorf("in the end %s", got)
	}
}

const busy = "-ERR too many others write the same keys"

// persist asks until nobody is in the way.
func (p *person) persist(words ...string) {
	p.t.Helper()
	for p.ask(words...) == busy {
	}
}

func TestSubscriptions(t *testing.T) {
	address := serve(t, "read", "write", "feed")
	p, other := dial(t, address), dial(t, address)
	p.conversation([][2]string{
		{"SUBSCRIBE mine", "-ERR channels are __keyspace@0__:<key>"},
		{"SUBSCRIBE __keyspace@0__:a", `["subscribe" "__keyspace@0__:a" 1]`},
		{"PSUBSCRIBE __keyspace@0__:app/*", `["psubscribe" "__keyspace@0__:app/*" 2]`},
		{"PING", `["pong" ""]`},
		{"GET a", "-ERR Can't execute 'get': only (P)SUBSCRIBE / (P)UNSUBSCRIBE / PING / QUIT are allowed in this context"},
	})
	for _, words := range []string{"SET a 1", "SET b 1", "SET app/x 1", "DEL a", "DEL app/x"} {
		other.ask(strings.Fields(words)...)
	}
	for _, want := range []string{
		`["message" "__keyspace@0__:a" "set"]`, `["pmessage" "__keyspace@0__:app/*" "__keyspace@0__:app/x" "set"]`,
		`["message" "__keyspace@0__:a" "del"]`, `["pmessage" "__keyspace@0__:app/*" "__keyspace@0__:app/x" "del"]`,
	} {
		if got := p.hear(); got != want {
			t.Errorf("heard %s, want %s", got, want)
		}
	}
	p.conversation([][2]string{
		{"UNSUBSCRIBE", `["unsubscribe" "__keyspace@0__:a" 1]`}, {"UNSUBSCRIBE", `["unsubscribe" nil 1]`},
		{"PUNSUBSCRIBE __keyspace@0__:app/*", `["punsubscribe" "__keyspace@0__:app/*" 0]`}, {"GET b", `"1"`},
	})
}

func TestGrants(t *testing.T) {
	p := dial(t, serve(t, "read:/open/**", "write:/open/**"))
	p.conversation([][2]string{
		{"SET open/a 1", "OK"}, {"GET open/a", `"1"`}, {"GET closed", "-NOPERM closed: not authorized"},
		{"SET closed 1", "-NOPERM closed: not authorized"}, {"KEYS *", "[]"}, // the root may not be looked at
		{"SUBSCRIBE __keyspace@0__:a", "-ERR feed is not granted to this plugin: not authorized"},
		{"MULTI", "OK"}, {"GET open/a", "QUEUED"}, {"GET closed", "QUEUED"}, {"EXEC", `["1" -NOPERM closed: not authorized]`},
	})
}

func TestNoise(t *testing.T) {
	address := serve(t, "read", "write")
	for _, noise := range []string{
		"*1\r\n:1\r\n", "*x\r\n", "*2000\r\n", "*1\r\n$3000000\r\n", "*1\r\n$-1\r\n", "*1\r\n$1\r\nab\r\n", strings.Repeat("x", 70000) + "\r\n",
	} {
		p := dial(t, address)
		if _, err := io.WriteString(p.conn, noise); err != nil {
			t.Fatal(err)
		}
		if got := p.hear(); !strings.HasPrefix(got, "-ERR Protocol error") {
			t.Errorf("%.20q: %s", noise, got)
		}
	}
	if got := dial(t, address).ask("PING"); got != "PONG" {
		t.Errorf("after all that: %s", got)
	}
}

func TestRedisCLI(t *testing.T) {
	cli, err := exec.LookPath("redis-cli")
	if err != nil {
		t.Skip("redis-cli is not installed (Debian: redis-tools)")
	}
	host, port, err := net.SplitHostPort(serve(t, "read", "write", "feed"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), cli, "-h", host, "-p", port)
	cmd.Stdin = strings.NewReader("SET app/x \"two words\"\nGET app/x\nINCR n\nMULTI\nINCR n\nGET app/x\nEXEC\nKEYS *\n")
	out, err := cmd.CombinedOutput()
	if want := "OK\ntwo words\n1\nOK\nQUEUED\nQUEUED\n2\ntwo words\n"; err != nil || !strings.HasPrefix(string(out), want) {
		t.Fatalf("%v\n%s", err, out)
	}
	keys := strings.Fields(string(out))
	if !slices.Contains(keys, "app/x") || !slices.Contains(keys, "n") {
		t.Errorf("keys: %s", out)
	}
}
