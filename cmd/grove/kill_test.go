package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/grove-coordination/grove/sdk"
)

// ensemble is three servers, each a process of its own, on loopback.
type ensemble struct {
	t       *testing.T
	dir     string
	members string
	servers []*server
}

// server is one of them. Its addresses stay the same over restarts.
type server struct {
	id, zookeeper, admin, peer string
	process                    *exec.Cmd
	log                        *logBuffer
}

// logBuffer keeps what a process prints, for when a test fails.
type logBuffer struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

// Write implements io.Writer.
func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func newEnsemble(t *testing.T) *ensemble {
	e := &ensemble{t: t, dir: t.TempDir()}
	var members []string
	for i := range 3 {
		s := &server{id: fmt.Sprintf("n%d", i+1), zookeeper: freeAddress(t), admin: freeAddress(t), peer: freeAddress(t), log: &logBuffer{}}
		e.servers = append(e.servers, s)
		members = append(members, s.id+"="+s.peer)
	}
	e.members = strings.Join(members, ",")
	for _, s := range e.servers {
		e.start(s)
	}
	t.Cleanup(e.stop)
	return e
}

// freeAddress is one that nobody listened on a moment ago, and that this does not give twice. Its port is none of those that
// the system gives to whoever asks for any, which may be somebody else's before it is used.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000))
		if _, taken := given.LoadOrStore(address, true); taken {
			continue
		}
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no address is free")
	return ""
}

var given sync.Map // addresses of freeAddress

func (e *ensemble) start(s *server) {
	e.t.Helper()
	s.process = exec.Command("grove", "serve", "--nats.enabled=false",
		"--node.id="+s.id, "--data.dir="+filepath.Join(e.dir, s.id), "--cluster.members="+e.members,
		"--listen.zookeeper="+s.zookeeper, "--listen.admin="+s.admin, "--listen.peer="+s.peer)
	s.process.Dir = e.dir
	s.process.Stdout, s.process.Stderr = s.log, s.log
	if err := s.process.Start(); err != nil {
		e.t.Fatal(err)
	}
}

// kill ends a server as a power cut of the process would.
func (e *ensemble) kill(s *server) {
	e.t.Helper()
	if err := s.process.Process.Kill(); err != nil {
		e.t.Fatal(err)
	}
	_ = s.process.Wait() // says that it was killed
	s.process = nil
}

func (e *ensemble) stop() {
	for _, s := range e.servers {
		if s.process != nil {
			_ = s.process.Process.Kill()
			_ = s.process.Wait()
		}
		if e.t.Failed() {
			e.t.Logf("--- %s\n%s", s.id, s.log.text.String())
		}
	}
}

// status asks a server how it is; one that does not answer is not serving.
func (s *server) status() (status sdk.Status) {
	client := http.Client{Timeout: time.Second}
	answer, err := client.Get("http://" + s.admin + "/status")
	if err != nil {
		return sdk.Status{}
	}
	defer answer.Body.Close()
	_ = json.NewDecoder(answer.Body).Decode(&status) // what cannot be read is the zero status
	return status
}

// leader waits until a server leads and all that run serve.
func (e *ensemble) leader() *server {
	e.t.Helper()
	var leader *server
	eventually(e.t, "the cluster serves", func() bool {
		leader = nil
		for _, s := range e.servers {
			if s.process == nil {
				continue
			}
			status := s.status()
			if !status.Serving {
				return false
			}
			if status.Role == sdk.RoleLeader {
				leader = s
			}
		}
		return leader != nil
	})
	return leader
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatal("waited in vain until ", what)
		case <-tick.C:
		}
	}
}

// connect opens a session of an ordinary ZooKeeper client.
func connect(t *testing.T, servers ...string) *zk.Conn {
	t.Helper()
	conn, events, err := zk.Connect(servers, 10*time.Second, zk.WithLogger(silent{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	deadline := time.After(time.Minute)
	for {
		select {
		case event := <-events:
			if event.State == zk.StateHasSession {
				return conn
			}
		case <-deadline:
			t.Fatal("no session with ", servers)
		}
	}
}

type silent struct{}

func (silent) Printf(string, ...any) {}

// Clients write through every server. The leader is killed, twice, and comes back; nothing that was acknowledged is
// missing on any server afterwards, and each writer's nodes are in its order.
func TestKillingTheLeaderLosesNothing(t *testing.T) {
	e := newEnsemble(t)
	e.leader()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	writers := make([]*writer, 6)
	var running sync.WaitGroup
	for i := range writers {
		w := &writer{conn: connect(t, e.servers[i%3].zookeeper, e.servers[(i+1)%3].zookeeper, e.servers[(i+2)%3].zookeeper), root: fmt.Sprintf("/w%d", i)}
		w.begin(t)
		writers[i] = w
		running.Go(func() { w.run(ctx) })
	}
	for range 2 {
		progress(t, writers)
		leader := e.leader()
		e.kill(leader)
		progress(t, writers)
		e.start(leader)
		e.leader()
	}
	progress(t, writers)
	stop()
	running.Wait()
	total := 0
	for _, s := range e.servers {
		reader := connect(t, s.zookeeper)
		if _, err := reader.Sync("/"); err != nil {
			t.Fatal(err)
		}
		for _, w := range writers {
			total += w.check(t, s.id, reader)
		}
	}
	t.Logf("%d acknowledged writes found on %d servers, none lost", total/len(e.servers), len(e.servers))
}

// writer creates numbered nodes, one after the other.
type writer struct {
	conn *zk.Conn
	root string

	mu           sync.Mutex // guards acknowledged
	acknowledged []string
}

func (w *writer) begin(t *testing.T) {
	t.Helper()
	if _, err := w.conn.Create(w.root, nil, 0, zk.WorldACL(zk.PermAll)); err != nil {
		t.Fatal(err)
	}
}

func (w *writer) run(ctx context.Context) {
	for number := 0; ctx.Err() == nil; number++ {
		name := fmt.Sprintf("%06d", number)
		if _, err := w.conn.Create(w.root+"/"+name, []byte(name), 0, zk.WorldACL(zk.PermAll)); err != nil {
			continue // not acknowledged; it may be there or not
		}
		w.mu.Lock()
		w.acknowledged = append(w.acknowledged, name)
		w.mu.Unlock()
	}
}

func (w *writer) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.acknowledged)
}

// progress waits until every writer has had more writes acknowledged.
func progress(t *testing.T, writers []*writer) {
	t.Helper()
	for _, w := range writers {
		before := w.count()
		eventually(t, w.root+" is written", func() bool { return w.count() >= before+20 })
	}
}

// check finds every acknowledged node on one server, created in the order of their numbers.
func (w *writer) check(t *testing.T, id string, reader *zk.Conn) int {
	t.Helper()
	var last int64
	for _, name := range w.acknowledged {
		data, stat, err := reader.Get(w.root + "/" + name)
		switch {
		case errors.Is(err, zk.ErrNoNode):
			t.Errorf("%s: %s/%s was acknowledged and is lost", id, w.root, name)
		case err != nil:
			t.Fatalf("%s: get %s/%s: %v", id, w.root, name, err)
		case string(data) != name || stat.Czxid <= last:
			t.Errorf("%s: %s/%s holds %q, created at zxid %#x after %#x", id, w.root, name, data, stat.Czxid, last)
		default:
			last = stat.Czxid
		}
	}
	return len(w.acknowledged)
}
