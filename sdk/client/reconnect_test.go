package client

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

func TestALostWriteIsReportedAndNotRepeated(t *testing.T) {
	s, p, c := connected(t)
	done := later(func() (string, error) { return c.Create(t.Context(), "/a", nil, 0, nil) })
	p.expect(sdk.OpCreate)
	p.nc.Close()
	if _, err := done(); !errors.Is(err, sdk.CodeConnectionLoss) {
		t.Errorf("error %v", err)
	}
	next := later(func() (any, error) { return nil, c.Delete(t.Context(), "/b", -1) })
	p, hello := s.accept()
	if hello.SessionID != 7 || string(hello.Password) != string(testPassword[:]) {
		t.Errorf("came back as session %d", hello.SessionID)
	}
	xid, _ := p.welcome(time.Minute).expect(sdk.OpDelete) // the first thing sent
	p.reply(xid, sdk.Message{Kind: sdk.OpDelete})
	if _, err := next(); err != nil {
		t.Error(err)
	}
}

func TestWatchesAreSetAgain(t *testing.T) {
	s := newServer(t)
	ready := dial(t, Config{Servers: []string{s.addr()}, Auth: []Credential{{"digest", []byte("u:p")}}})
	p, _ := s.accept()
	p.welcome(time.Minute).expect(sdk.OpAuth)
	c := <-ready
	watches := leaveWatches(t, p, c)
	p.nc.Close()

	p, hello := s.accept()
	if hello.LastZxidSeen != 42 {
		t.Errorf("has seen %d, want 42", hello.LastZxidSeen)
	}
	if xid, op := p.welcome(time.Minute).expect(sdk.OpAuth); xid != wire.XidAuth || string(op.Data) != "u:p" {
		t.Errorf("auth with xid %d and %q", xid, op.Data)
	}
	xid, op := p.expect(sdk.OpSetWatches)
	if w := op.Watches; xid != wire.XidSetWatches || w.RelativeZxid != 42 || !slices.Equal(w.Data, []string{"/data"}) ||
		!slices.Equal(w.Exist, []string{"/none"}) || !slices.Equal(w.Child, []string{"/dir"}) {
		t.Errorf("asked to watch %+v with xid %d", w, xid)
	}
	for i, e := range []sdk.Event{
		{Kind: sdk.EventDataChanged, Path: "/data", Zxid: -1},
		{Kind: sdk.EventCreated, Path: "/none", Zxid: -1},
		{Kind: sdk.EventDeleted, Path: "/dir", Zxid: -1},
	} {
		p.event(e)
		if got := <-watches[i].Event(); got != e {
			t.Errorf("event %v, want %v", got, e)
		}
		if _, more := <-watches[i].Event(); more {
			t.Error("a watch fired twice")
		}
	}
}

// leaveWatches leaves one watch of each kind; the last reply has zxid 42. A read that fails leaves none.
func leaveWatches(t *testing.T, p *peer, c *Client) []*Watch {
	t.Helper()
	reads := []struct {
		call func() (*Watch, error)
		code sdk.Code
	}{
		{func() (*Watch, error) { _, _, w, err := c.GetW(t.Context(), "/missing"); return w, err }, sdk.CodeNoNode},
		{func() (*Watch, error) { _, _, w, err := c.GetW(t.Context(), "/data"); return w, err }, sdk.OK},
		{func() (*Watch, error) { _, _, w, err := c.ExistsW(t.Context(), "/none"); return w, err }, sdk.CodeNoNode},
		{func() (*Watch, error) { _, _, w, err := c.ChildrenW(t.Context(), "/dir"); return w, err }, sdk.OK},
	}
	var watches []*Watch
	for i, read := range reads {
		done := later(read.call)
		h, body, err := wire.DecodeRequestHeader(p.frame())
		var op sdk.Op
		if err != nil || wire.DecodeRequest(h.Kind, body, &op) != nil || !op.Watch {
			t.Fatalf("request %+v, %v", op, err)
		}
		p.reply(h.Xid, sdk.Message{Kind: h.Kind, Code: read.code, Zxid: int64(39 + i)})
		w, err := done()
		if (err != nil) != (i == 0) {
			t.Fatal(err)
		}
		if w != nil {
			watches = append(watches, w)
		}
	}
	return watches
}

func TestAnEventDoesNotCountAsSeen(t *testing.T) {
	s, p, c := connected(t)
	done := later(func() (*Watch, error) { _, _, w, err := c.GetW(t.Context(), "/a"); return w, err })
	xid, _ := p.expect(sdk.OpGetData)
	p.reply(xid, sdk.Message{Kind: sdk.OpGetData, Zxid: 5})
	w, err := done()
	if err != nil {
		t.Fatal(err)
	}
	p.event(sdk.Event{Kind: sdk.EventDataChanged, Path: "/a", Zxid: 9})
	<-w.Event()
	p.nc.Close()
	if _, hello := s.accept(); hello.LastZxidSeen != 5 {
		t.Errorf("has seen %d, want 5", hello.LastZxidSeen)
	}
}

func TestExpiryEndsTheClient(t *testing.T) {
	s, p, c := connected(t)
	done := later(func() (*Watch, error) { _, _, w, err := c.GetW(t.Context(), "/a"); return w, err })
	xid, _ := p.expect(sdk.OpGetData)
	p.reply(xid, sdk.Message{Kind: sdk.OpGetData})
	w, err := done()
	if err != nil {
		t.Fatal(err)
	}
	p.nc.Close()
	p, _ = s.accept()
	p.welcome(0)
	if _, fired := <-w.Event(); fired {
		t.Error("watch fired")
	}
	<-c.Done()
	if !errors.Is(c.Err(), sdk.CodeSessionExpired) {
		t.Errorf("client says %v", c.Err())
	}
	if _, _, err := c.Get(t.Context(), "/a"); !errors.Is(err, sdk.CodeSessionExpired) {
		t.Errorf("call after the end: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestBadCredentialEndsTheClient(t *testing.T) {
	s := newServer(t)
	ready := dial(t, Config{Servers: []string{s.addr()}, Auth: []Credential{{"digest", []byte("u:wrong")}}})
	p, _ := s.accept()
	xid, _ := p.welcome(time.Minute).expect(sdk.OpAuth)
	p.reply(xid, sdk.Message{Kind: sdk.OpAuth, Code: sdk.CodeAuthFailed})
	c := <-ready
	<-c.Done()
	if !errors.Is(c.Err(), sdk.CodeAuthFailed) {
		t.Errorf("client says %v", c.Err())
	}
}

func TestAnotherServerIsTried(t *testing.T) {
	one, two := newServer(t), newServer(t)
	one.ln.Close()
	ready := dial(t, Config{Servers: []string{one.addr(), two.addr()}})
	p, _ := two.accept()
	p.welcome(time.Minute)
	<-ready
}

func TestIdleClientPings(t *testing.T) {
	s := newServer(t)
	ready := dial(t, Config{Servers: []string{s.addr()}})
	p, _ := s.accept()
	p.welcome(150 * time.Millisecond)
	<-ready
	for range 2 {
		xid, _ := p.expect(sdk.OpPing)
		if xid != wire.XidPing {
			t.Errorf("ping with xid %d", xid)
		}
		p.reply(xid, sdk.Message{Kind: sdk.OpPing})
	}
}

func TestSilentServerIsLeft(t *testing.T) {
	s := newServer(t)
	ready := dial(t, Config{Servers: []string{s.addr()}})
	p, _ := s.accept()
	p.welcome(60 * time.Millisecond)
	<-ready
	if _, hello := s.accept(); hello.SessionID != 7 {
		t.Errorf("came back as session %d", hello.SessionID)
	}
}

func TestReplyOutOfOrderBreaksTheConnection(t *testing.T) {
	s, p, c := connected(t)
	done := later(func() (any, error) { return nil, c.Delete(t.Context(), "/a", -1) })
	xid, _ := p.expect(sdk.OpDelete)
	p.reply(xid+1, sdk.Message{Kind: sdk.OpDelete})
	if _, err := done(); !errors.Is(err, sdk.CodeConnectionLoss) {
		t.Errorf("error %v", err)
	}
	s.accept()
}

func TestManyWatchesAreSetInBatches(t *testing.T) {
	memory := newMemory()
	path := "/" + string(make([]byte, 50<<10))
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		memory.watches.add(childWatch, path+name, newWatch())
	}
	batches := memory.watches.batches(3)
	total := 0
	for _, b := range batches {
		total += len(b.Child)
		if len(b.Child) > 2 || b.RelativeZxid != 3 {
			t.Errorf("%d paths since %d", len(b.Child), b.RelativeZxid)
		}
	}
	if total != 5 || len(batches) != 3 {
		t.Errorf("%d paths in %d batches", total, len(batches))
	}
}
