package nats

import (
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// stripping removes headers on the way: the fault that the tests plant to see that they would find it.
type stripping struct {
	asyncPublisher
	headers []string
}

func (s stripping) PublishMsgAsync(msg *nats.Msg, options ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	kept := maps.Clone(msg.Header)
	for _, header := range s.headers {
		delete(kept, header)
	}
	return s.asyncPublisher.PublishMsgAsync(&nats.Msg{Subject: msg.Subject, Header: kept, Data: msg.Data}, options...)
}

// sleeping holds up the first message until it is woken.
type sleeping struct {
	asyncPublisher
	asleep, wake chan struct{}
	once         *sync.Once
}

func (s sleeping) PublishMsgAsync(msg *nats.Msg, options ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	s.once.Do(func() { close(s.asleep); <-s.wake })
	return s.asyncPublisher.PublishMsgAsync(msg, options...)
}

// sleeper runs an adapter that falls asleep with its first message in its hands, lets another publish everything,
// and wakes it. The server's own look at message ids is kept out, as it forgets them after a while. It returns what
// is wrong with the stream then.
func sleeper(t *testing.T, strip ...string) error {
	server, tree := newServer(t), newTree()
	tree.grow(50)
	asleep, wake, tried := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var once, again sync.Once
	attached := 0
	zombie := configured(t, map[string]any{"url": server.url()})
	zombie.plant = func(p asyncPublisher) asyncPublisher {
		if attached++; attached == 2 { // what it woke up with has been answered
			again.Do(func() { close(tried) })
		}
		return sleeping{stripping{p, strip}, asleep, wake, &once}
	}
	a := run(t, zombie, tree)
	<-asleep

	other := configured(t, map[string]any{"url": server.url()})
	other.plant = func(p asyncPublisher) asyncPublisher { return stripping{p, []string{headerID, headerLastID}} }
	b := run(t, other, tree)
	js := server.js()
	until(t, "the other has published all", func() bool { return stored(js) == uint64(len(tree.wants())) })
	close(wake)
	<-tried
	a.stop(t)
	b.stop(t)
	return compare(contents(t, js), tree.wants())
}

func TestSleeperRepeatsNothing(t *testing.T) {
	if err := sleeper(t, headerID, headerLastID); err != nil {
		t.Error(err)
	}
}

func TestSleeperIsFoundWithoutTheFence(t *testing.T) {
	if err := sleeper(t, headerID, headerLastID, headerLast); err == nil {
		t.Error("the fence was taken away, and nothing was found wrong")
	}
}

// Two adapters compete, each is stopped and started in turn, and the server goes away under them in mid-flight.
func TestEveryChangeOnceThroughRestarts(t *testing.T) {
	server, tree := newServer(t), newTree()
	js := server.js()
	start := func() *adapter { return run(t, configured(t, map[string]any{"url": server.url()}), tree) }
	adapters := []*adapter{start(), start()}
	for round := range 8 {
		had := stored(js)
		tree.grow(500)
		until(t, "on its way", func() bool { return stored(js) > had })
		switch round % 4 {
		case 1:
			server.stop()
			server.start()
		case 3:
			adapters[round/4].stop(t)
			adapters[round/4] = start()
		}
	}
	want := tree.wants()
	until(t, "all stored", func() bool { return stored(js) >= uint64(len(want)) })
	for _, a := range adapters {
		a.stop(t)
	}
	if err := compare(contents(t, js), want); err != nil {
		t.Error(err)
	}
}

// A server that has lost the end of its stream gets it again, behind what is left.
func TestServerThatLostItsTail(t *testing.T) {
	server, tree := newServer(t), newTree()
	all := func(js jetstream.JetStream) {
		t.Helper()
		until(t, "all stored", func() bool { return stored(js) == uint64(len(tree.wants())) })
	}
	tree.grow(300)
	a := run(t, configured(t, map[string]any{"url": server.url()}), tree)
	js := server.js()
	all(js)
	server.stop()
	early := t.TempDir()
	if err := os.CopyFS(early, os.DirFS(server.settings.StoreDir)); err != nil {
		t.Fatal(err)
	}
	server.start()
	tree.grow(300)
	all(js)
	server.stop()
	server.settings.StoreDir = early
	server.start()
	all(js)
	tree.grow(1)
	all(js)
	a.stop(t)
	if err := compare(contents(t, js), tree.wants()); err != nil {
		t.Error(err)
	}
}

// Much more than the window holds comes whole and in order.
func TestPublishesFastInOrder(t *testing.T) {
	server, tree := newServer(t), newTree()
	tree.grow(5000)
	began := time.Now()
	run(t, configured(t, map[string]any{"url": server.url()}), tree)
	js := server.js()
	want := tree.wants()
	until(t, "all stored", func() bool { return stored(js) == uint64(len(want)) })
	t.Logf("%d changes in %v", len(want), time.Since(began).Round(time.Millisecond))
	got := contents(t, js)
	if !slices.Equal(got, want) {
		t.Error(compare(got, want))
	}
}
