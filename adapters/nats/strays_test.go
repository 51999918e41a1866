package nats

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/grove-coordination/grove/sdk"
)

// headerStray marks what the tests publish among the changes, for the tests alone.
const headerStray = "Test-Stray"

// stray publishes what is not the adapter's.
func stray(t *testing.T, js jetstream.JetStream, subject string, header ...string) {
	t.Helper()
	msg := nats.NewMsg(subject)
	msg.Header.Set(headerStray, "yes")
	for i := 0; i < len(header); i += 2 {
		msg.Header.Set(header[i], header[i+1])
	}
	if _, err := js.PublishMsg(context.WithoutCancel(t.Context()), msg, jetstream.WithRetryAttempts(0)); err != nil {
		t.Error(err)
	}
}

// forge publishes a message with all the headers of a change, as who knows of them would.
func forge(t *testing.T, js jetstream.JetStream, zxid int64, more ...string) {
	t.Helper()
	stray(t, js, "grove.created.forged", append([]string{
		headerZxid, fmt.Sprint(zxid), headerIndex, "0", headerSize, "1", headerKind, "created", headerPath, "/forged",
		headerSeal, sealer{[]byte("a guess")}.seal(1, nil),
	}, more...)...)
}

// copied publishes a message of the stream once more, seal and all but its id.
func copied(t *testing.T, js jetstream.JetStream, sequence uint64) {
	t.Helper()
	stream, err := js.Stream(t.Context(), "GROVE")
	if err != nil {
		t.Fatal(err)
	}
	msg, err := stream.GetMsg(t.Context(), sequence)
	if err != nil {
		t.Fatal(err)
	}
	var header []string
	for name := range msg.Header {
		if name != headerID && name != headerLast && name != headerLastID {
			header = append(header, name, msg.Header.Get(name))
		}
	}
	stray(t, js, msg.Subject, header...)
}

// changes reads the stream without what the tests have put into it.
func changes(t *testing.T, js jetstream.JetStream) (list []string) {
	t.Helper()
	for _, msg := range messages(t, js) {
		if msg.Headers().Get(headerStray) == "" {
			list = append(list, digest(msg))
		}
	}
	return list
}

// complete waits until the stream has every change of the tree once and in order.
func complete(t *testing.T, js jetstream.JetStream, tree *fakeTree) {
	t.Helper()
	want := tree.wants()
	stream, err := js.Stream(t.Context(), "GROVE")
	if err != nil {
		t.Fatal(err)
	}
	last := strings.Fields(want[len(want)-1])[2]
	until(t, "the last change is stored", func() bool {
		_, err := stream.GetLastMsgForSubject(t.Context(), last)
		return err == nil
	})
	if err := compare(changes(t, js), want); err != nil {
		t.Fatal(err)
	}
}

func createStream(t *testing.T, js jetstream.JetStream) jetstream.Stream {
	t.Helper()
	stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "GROVE", Subjects: []string{"grove.>"}})
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// Whatever others have published before the adapter starts, between two of its lives and while it runs, the stream has
// every change once and in order, and the adapter says how much it came upon.
func TestStraysArePassedOver(t *testing.T) {
	for name, publish := range map[string]func(*testing.T, jetstream.JetStream, *fakeTree){
		"one":  func(t *testing.T, js jetstream.JetStream, _ *fakeTree) { stray(t, js, "grove.hello") },
		"many": func(t *testing.T, js jetstream.JetStream, _ *fakeTree) { flood(t, js, 3000) },
		"a zxid to come": func(t *testing.T, js jetstream.JetStream, tree *fakeTree) {
			forge(t, js, tree.last()+3)
			forge(t, js, tree.last()+1)
		},
		"a zxid far away": func(t *testing.T, js jetstream.JetStream, _ *fakeTree) { forge(t, js, 1<<40) },
		"a zxid of old":   func(t *testing.T, js jetstream.JetStream, _ *fakeTree) { forge(t, js, 0) },
		"a zxid half done": func(t *testing.T, js jetstream.JetStream, tree *fakeTree) {
			forge(t, js, tree.last()+1, headerSize, "9")
		},
		"an announced snapshot": func(t *testing.T, js jetstream.JetStream, tree *fakeTree) {
			forge(t, js, tree.last(), headerState, stateFollows)
		},
		"ids to come": func(t *testing.T, js jetstream.JetStream, tree *fakeTree) {
			for zxid := tree.last() + 1; zxid < tree.last()+8; zxid++ {
				stray(t, js, "grove.hello", headerID, fmt.Sprintf("%x-0", zxid))
			}
		},
		"a copy": func(t *testing.T, js jetstream.JetStream, tree *fakeTree) {
			if tree.last() > 0 {
				copied(t, js, 7)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, tree := newServer(t), newTree()
			js := server.js()
			createStream(t, js)
			publish(t, js, tree)
			start := func() *adapter { return run(t, configured(t, map[string]any{"url": server.url()}), tree) }
			for range 2 {
				a := start()
				tree.grow(10)
				complete(t, js, tree)
				publish(t, js, tree)
				tree.grow(10)
				complete(t, js, tree)
				if got := a.meter.strays.Load(); name != "a copy" && got == 0 {
					t.Error("no stray is counted")
				}
				a.stop(t)
				publish(t, js, tree)
			}
		})
	}
}

// flood publishes so many strays, as fast as it can.
func flood(t *testing.T, js jetstream.JetStream, n int) {
	t.Helper()
	for i := range n {
		msg := nats.NewMsg("grove.created.flood")
		msg.Header.Set(headerStray, "yes")
		if i%2 == 0 {
			msg.Header.Set(headerZxid, fmt.Sprint(i))
		}
		if _, err := js.PublishMsgAsync(msg); err != nil {
			t.Error(err)
		}
	}
	<-js.PublishAsyncComplete()
}

// Strays that come at any moment, between any two messages, cost time and nothing else, however many copies publish.
func TestStraysWhilePublishing(t *testing.T) {
	server, tree := newServer(t), newTree()
	js := server.js()
	createStream(t, js)
	start := func() *adapter { return run(t, configured(t, map[string]any{"url": server.url()}), tree) }
	adapters := []*adapter{start(), start()}
	ctx, end := context.WithCancel(t.Context())
	const most = 1000 // on a machine that is busy, strays without end would leave room for nothing else
	ended := make(chan int, 1)
	go func() { // ends with ctx
		tick, strays := time.NewTicker(2*time.Millisecond), 0
		defer tick.Stop()
		for ; strays < most && ctx.Err() == nil; strays++ {
			<-tick.C
			if strays%3 == 0 {
				forge(t, js, int64(strays))
			} else {
				stray(t, js, fmt.Sprint("grove.n", strays))
			}
		}
		ended <- strays
	}()
	for round := range 6 {
		tree.grow(100)
		if round%2 == 1 {
			adapters[round/2%2].stop(t)
			adapters[round/2%2] = start()
		}
	}
	complete(t, js, tree)
	end()
	t.Logf("%d changes among %d strays", len(tree.wants()), <-ended)
	complete(t, js, tree)
	for _, a := range adapters {
		a.stop(t)
	}
}

// What somebody has taken out of the stream again, where it lets him, is nothing to wait for.
func TestStraysThatWereDeleted(t *testing.T) {
	server, tree := newServer(t), newTree()
	js := server.js()
	stream := createStream(t, js)
	tree.grow(10)
	a := run(t, configured(t, map[string]any{"url": server.url()}), tree)
	complete(t, js, tree)
	for range 3 {
		stray(t, js, "grove.hello")
	}
	a.stop(t)
	last := stream.CachedInfo().State.LastSeq + uint64(len(tree.wants())) + 3
	for _, sequence := range []uint64{last, last - 1} {
		if err := stream.DeleteMsg(t.Context(), sequence); err != nil {
			t.Fatal(err)
		}
	}
	tree.grow(10)
	a = run(t, configured(t, map[string]any{"url": server.url()}), tree)
	complete(t, js, tree)
	a.stop(t)
}

// The place in a stream is found behind as many strays as there may be, and at most a few more messages are looked at.
func TestTailLooksAtStraysOnce(t *testing.T) {
	server := newServer(t)
	js := server.js()
	stream := createStream(t, js)
	s, err := configured(t, map[string]any{"url": server.url()}).settings.sealer()
	if err != nil {
		t.Fatal(err)
	}
	msg := (format{prefix: "grove", maxPayload: 1 << 20}).change(&sdk.Transaction{Zxid: 5, Changes: []sdk.Change{{Kind: sdk.Created, Path: "/a"}}}, 0)
	msg.Header.Set(headerSeal, s.seal(1, msg.Header))
	if _, err := js.PublishMsg(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
	for _, strays := range []int{0, 1, 7, 100, 5000} {
		flood(t, js, strays)
		counted := &counting{Stream: stream}
		began := time.Now()
		e, err := tail(t.Context(), counted, s)
		t.Logf("behind %d strays in %v", e.strays, time.Since(began).Round(time.Microsecond))
		if err != nil || e.at.zxid != 5 || e.last != e.strays+1 || counted.asked.Load() > 9*int64(e.strays+1) {
			t.Errorf("%+v after %d questions, %v", e, counted.asked.Load(), err)
		}
	}
}

// counting counts the messages that are asked for.
type counting struct {
	jetstream.Stream
	asked atomic.Int64
}

func (c *counting) GetMsg(ctx context.Context, sequence uint64, options ...jetstream.GetMsgOpt) (*jetstream.RawStreamMsg, error) {
	c.asked.Add(1)
	return c.Stream.GetMsg(ctx, sequence, options...)
}

// The key of the embedded server's seals lives in its folder, and is nobody else's to read; one that is broken is not
// replaced, as then everything would be published again.
func TestSealKeyIsKept(t *testing.T) {
	s := defaults()
	s.StoreDir = t.TempDir()
	first, err := s.sealer()
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.sealer()
	if err != nil || string(first.key) != string(again.key) || len(first.key) != sealKey {
		t.Errorf("another key, %v", err)
	}
	file := filepath.Join(s.StoreDir, sealFile)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if err := os.Truncate(file, 5); err != nil {
		t.Fatal(err)
	}
	if _, err := s.sealer(); err == nil || !strings.Contains(err.Error(), "key of the seals") {
		t.Errorf("a broken key: %v", err)
	}
	keys := map[string]bool{}
	for _, secret := range []string{"", "sixteen letters.", "sixteen letters!\n", "short"} {
		s := Settings{URL: "x", Stream: "GROVE"}
		if secret != "" {
			s.Secret = filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(s.Secret, []byte(secret), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		other, err := s.sealer()
		if (err != nil) != (secret == "short") {
			t.Error(err)
		}
		keys[string(other.key)] = true
	}
	if len(keys) != 4 { // of the short one it is none
		t.Errorf("secrets have %d keys", len(keys))
	}
}

// FuzzSeal: whatever others write into headers, it has no seal.
func FuzzSeal(f *testing.F) {
	s := sealer{[]byte("key")}
	f.Add(uint64(1), "1", "0", "1", "AAAAAAAAAAAAAAAA")
	f.Add(uint64(2), "1", "0", "1", s.seal(1, nats.Header{headerZxid: {"1"}, headerIndex: {"0"}, headerSize: {"1"}}))
	f.Fuzz(func(t *testing.T, sequence uint64, zxid, index, size, seal string) {
		header := nats.Header{headerZxid: {zxid}, headerIndex: {index}, headerSize: {size}, headerSeal: {seal}}
		if at, ours := s.placeOf(sequence, header); ours && seal != s.seal(sequence, header) {
			t.Errorf("%v is ours, and tells %+v", header, at)
		}
	})
}

// A secret keeps out also who knows how seals are made. Without one he is believed, and changes are skipped.
func TestSecretKeepsForgersOut(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("sixteen letters."), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"", secret} {
		server, tree := newServer(t), newTree()
		js := server.js()
		createStream(t, js)
		tree.grow(2)
		a := run(t, configured(t, map[string]any{"url": server.url(), "secret": file}), tree)
		complete(t, js, tree)
		a.stop(t)
		header := nats.Header{headerZxid: {"4"}, headerIndex: {"0"}, headerSize: {"1"}}
		stray(t, js, "grove.hello", headerZxid, "4", headerIndex, "0", headerSize, "1",
			headerSeal, Sealed("GROVE", uint64(len(tree.wants())+1), header))
		tree.grow(20)
		a = run(t, configured(t, map[string]any{"url": server.url(), "secret": file}), tree)
		want := tree.wants()
		last := want[len(want)-1]
		until(t, "the last change is stored", func() bool { got := changes(t, js); return got[len(got)-1] == last })
		if err := compare(changes(t, js), want); (err == nil) != (file != "") {
			t.Errorf("secret %q: %v", file, err)
		}
		a.stop(t)
	}
}
