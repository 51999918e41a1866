package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// dial serves one client over a pipe and returns its end of it.
func dial(t *testing.T, tree *fakeTree) (say func(string), hear func() string, hangUp func()) {
	t.Helper()
	near, far := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		serve(t.Context(), far, tree)
	}()
	lines := bufio.NewReader(near)
	say = func(line string) {
		t.Helper()
		if _, err := fmt.Fprintf(near, "%s\n", line); err != nil {
			t.Fatal(err)
		}
	}
	hear = func() string {
		t.Helper()
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		return strings.TrimSuffix(line, "\n")
	}
	return say, hear, func() { near.Close(); <-done }
}

func TestConversation(t *testing.T) {
	tree := newTree()
	say, hear, hangUp := dial(t, tree)
	for _, step := range []struct{ say, hear string }{
		{"GET /a", "ERR /a: node does not exist"},
		{"SET /a hello, world", "OK"},
		{"get /a\r", "VALUE hello, world"},
		{`SET /a "two\nlines"`, "OK"},
		{"GET /a", `VALUE "two\nlines"`},
		{`SET /a "open`, `ERR value "open is not quoted as in Go`},
		{"SET /a", "OK"},
		{"GET /a", `VALUE ""`},
		{"DEL /a", "OK"},
		{"DEL /a", "ERR /a: node does not exist"},
		{"SET /secret x", "ERR /secret: not authorized"},
		{"WATCH /secret", "ERR /secret: not authorized"},
		{"GET a", `ERR invalid path "a": must start with /`},
		{"GET", "ERR invalid path: empty"},
		{"FROB /a", `ERR "FROB" is not GET, SET, DEL or WATCH`},
	} {
		say(step.say)
		if got := hear(); got != step.hear {
			t.Errorf("%s: %s, want %s", step.say, got, step.hear)
		}
	}
	say("") // nothing is said to nothing
	hangUp()
	if open := tree.open(); open != 0 {
		t.Errorf("%d sessions left open", open)
	}
}

func TestWatchTellsEveryState(t *testing.T) {
	tree := newTree()
	say, hear, hangUp := dial(t, tree)
	defer hangUp()
	say("WATCH /w")
	var got []string
	got = append(got, hear())
	for _, data := range [][]byte{[]byte("one"), []byte("two"), nil, []byte("three")} {
		tree.change("/w", data)
		got = append(got, hear())
	}
	if want := []string{"NONE", "VALUE one", "VALUE two", "NONE", "VALUE three"}; !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
	say("GET /w")
	if got := hear(); got != "ERR watching: hang up to end it" {
		t.Errorf("heard %q", got)
	}
}

// A client that says nothing keeps its session, and loses it when it hangs up.
func TestSilentClientIsKeptAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tree := newTree()
		_, _, hangUp := dial(t, tree)
		<-time.After(time.Minute)
		synctest.Wait()
		tree.mu.Lock()
		pings := tree.pings
		tree.mu.Unlock()
		if want := int(time.Minute / (sessionTimeout / 3)); pings < want-1 {
			t.Errorf("%d pings in a minute, want %d", pings, want)
		}
		hangUp()
		synctest.Wait()
		if open := tree.open(); open != 0 {
			t.Errorf("%d sessions left open", open)
		}
	})
}

func TestNoSession(t *testing.T) {
	tree := newTree()
	tree.deny = true
	_, hear, hangUp := dial(t, tree)
	if got := hear(); got != "ERR server is not serving" {
		t.Errorf("heard %q", got)
	}
	hangUp()
}

func TestLongLineEndsTheConnection(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	tree := newTree()
	go func() { _, _ = near.Write([]byte("SET /a " + strings.Repeat("x", maxLine))) }() // ends with the connection
	serve(t.Context(), far, tree)
	if open := tree.open(); open != 0 || len(tree.nodes) != 0 {
		t.Errorf("%d sessions and %d nodes", open, len(tree.nodes))
	}
}

func TestServeListensAndStops(t *testing.T) {
	l := &lines{}
	if err := l.Configure([]byte(`{"listen": "127.0.0.1:0"}`)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	tree, done := newTree(), make(chan error, 1)
	go func() { done <- l.Serve(ctx, tree) }()
	where, tick := "", time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for ; where == ""; <-tick.C {
		where, _ = l.Ready()
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(where, "lines://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(conn, "SET /a 1")
	if line, err := bufio.NewReader(conn).ReadString('\n'); line != "OK\n" {
		t.Errorf("heard %q %v", line, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("connection goes on")
	}
	if open := tree.open(); open != 0 {
		t.Errorf("%d sessions left open", open)
	}
	if _, err := l.Ready(); err == nil {
		t.Error("ready after its end")
	}
}

func TestBadSettings(t *testing.T) {
	for _, raw := range []string{`{"port": 1}`, `{"listen": "here"}`, `[]`} {
		if err := new(lines).Configure([]byte(raw)); err == nil {
			t.Errorf("%s taken", raw)
		}
	}
}

func FuzzValue(f *testing.F) {
	for _, seed := range []string{"", "a b", `"`, `"a"`, "a\nb", " a", "\xff", `\`, "ü"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shown := show([]byte(text))
		if strings.ContainsAny(shown, "\r\n") {
			t.Fatalf("%q is shown on more than one line", text)
		}
		if back, err := parse(shown); err != nil || string(back) != text {
			t.Fatalf("%q is shown as %s, which is %q, %v", text, shown, back, err)
		}
		_, _ = parse(text)
	})
}
