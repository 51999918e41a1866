package replica

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/raft"
)

// diary keeps what a node says.
type diary struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *diary) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer ring()
	return l.text.Write(p)
}

func (l *diary) count(words string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), words)
}

func (l *diary) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// Who is taken out says so, once, whether he was there or away when it happened, and no more when he is back.
func TestTakenOut(t *testing.T) {
	ctx := within(t)
	var said diary
	c := startCluster(t, 3, func(c *Config) { c.Logger = said.logger() })
	leader, rest := c.roles(t)
	gone, left := rest[0], rest[1]
	for round, away := range []bool{false, true} {
		if away {
			gone.kill(t)
		}
		if _, err := left.log.Remove(ctx, gone.cfg.ID, 0); err != nil {
			t.Fatal(err)
		}
		if away {
			gone.start(t)
		}
		eventually(t, "it says that it is outside", func() bool { return said.count("no longer a member") == round+1 })
		if s := gone.log.Status(); !errors.Is(s.Alone, ErrOutside) {
			t.Errorf("away %v: %+v", away, s)
		}
		gone.log.inquire(true)
		if _, err := leader.log.AddObserver(ctx, Member{gone.cfg.ID, gone.cfg.Listen}, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := leader.log.Promote(ctx, gone.cfg.ID, 0); err != nil {
			t.Fatal(err)
		}
		gone.ready(t)
		if s := gone.log.Status(); s.Alone != nil {
			t.Errorf("back, and says %v", s.Alone)
		}
	}
	if left.log.Status().Alone != nil || said.count("no longer a member") != 2 {
		t.Errorf("said %d times", said.count("no longer a member"))
	}
}

// A member without a majority is a member all the same, and so is one whom nobody reaches; that one is told so.
func TestNotTakenOut(t *testing.T) {
	var said diary
	c := startCluster(t, 3, func(c *Config) { c.Logger = said.logger() })
	leader, rest := c.roles(t)
	elsewhere := Member{rest[0].cfg.ID, freeAddress(t)}
	rest[0].kill(t)
	moved := leader.log.raft.AddVoter(raft.ServerID(elsewhere.ID), raft.ServerAddress(elsewhere.Addr), 0, askTime) // nobody else would
	if err := moved.Error(); err != nil {
		t.Fatal(err)
	}
	rest[0].start(t)
	eventually(t, "it is not reached", func() bool { return said.count("seeks this node at "+elsewhere.Addr) == 1 })
	if why := rest[0].log.Status().Alone; why == nil || !strings.Contains(why.Error(), "its address is "+rest[0].cfg.Listen) {
		t.Errorf("said %v", why)
	}
	leader.kill(t)
	rest[1].kill(t)
	rest[0].log.inquire(true)
	if s := rest[0].log.Status(); errors.Is(s.Alone, ErrOutside) {
		t.Error("without anybody else it takes itself for removed")
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l := listen(t, "")
	defer l.Close()
	return l.Addr().String()
}

// A node whose list of members has another address than those of the others says what is wrong, and so do they.
func TestMembersThatDiffer(t *testing.T) {
	var said, others diary
	c := startCluster(t, 2, func(c *Config) { c.Logger = others.logger() })
	n := newcomer(t, "n3", false)
	n.cfg.Members = []Member{{"n1", c[0].cfg.Listen}, {"n2", freeAddress(t)}, {"n3", n.cfg.Listen}}
	n.cfg.Logger = said.logger()
	n.start(t)
	n.log.inquire(true)
	if why := n.log.Status().Alone; !errors.Is(why, ErrForeign) || said.count("is cluster.members the same") == 0 {
		t.Errorf("%v; it said %s", why, said.text.String())
	}
	eventually(t, "the others say so too", func() bool { return others.count("is cluster.members the same") > 0 })
}

// A node that is not let in says why, at once and for every door.
func TestNotLetInIsTold(t *testing.T) {
	mute, rude := listen(t, ""), listen(t, "")
	defer mute.Close()
	defer rude.Close()
	go hangUp(rude)
	secret := openPort(listen(t, ""), mutualTLS(t), doors{stranger: func(net.Conn, error) {}})
	secret.start()
	defer secret.close()
	var said diary
	n := newcomer(t, "n2", true)
	nobody := freeAddress(t)
	n.cfg.Join = []string{nobody, rude.Addr().String(), secret.listener.Addr().String(), mute.Addr().String()}
	n.cfg.Logger = said.logger()
	stop := make(chan struct{})
	n.cfg.GiveUp = stop
	opened := make(chan error)
	go func() {
		_, err := Open(n.cfg, newRecorder())
		opened <- err
	}()
	eventually(t, "it says why", func() bool { return said.count("not let in") > 0 })
	close(stop)
	err := <-opened
	if err == nil {
		t.Fatal("let in by nobody")
	}
	for _, words := range []string{nobody + ": connect: connection refused", "ask " + rude.Addr().String(), "hangs up", "TLS setting", "does not answer"} {
		if !strings.Contains(err.Error(), words) || said.count(words) == 0 {
			t.Errorf("%q is not in %q, or not in %s", words, err, said.text.String())
		}
	}
}

func hangUp(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_ = conn.Close()
	}
}
