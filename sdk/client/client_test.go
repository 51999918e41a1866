package client

import (
	"bytes"
	"context"
	"errors"
	"net"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

func TestOperations(t *testing.T) {
	stat := sdk.Stat{Czxid: 1, Mzxid: 2, Version: 3, DataLength: 4}
	acl := []sdk.ACL{{Perms: sdk.PermRead, Identity: sdk.Anyone}}
	tests := []struct {
		name  string
		call  func(ctx context.Context, c *Client) (any, error)
		want  sdk.Op
		reply sdk.Result
		value any
	}{
		{"create", func(ctx context.Context, c *Client) (any, error) {
			return c.Create(ctx, "/a-", []byte("x"), sdk.ModePersistentSequential, acl)
		}, sdk.Op{Kind: sdk.OpCreate, Path: "/a-", Data: []byte("x"), Mode: sdk.ModePersistentSequential, ACL: acl},
			sdk.Result{Path: "/a-0000000001"}, "/a-0000000001"},
		{"set", func(ctx context.Context, c *Client) (any, error) {
			return c.Set(ctx, "/a", []byte{}, 3)
		}, sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: []byte{}, Version: 3}, sdk.Result{Stat: stat}, stat},
		{"delete", func(ctx context.Context, c *Client) (any, error) {
			return nil, c.Delete(ctx, "/a", sdk.AnyVersion)
		}, sdk.Op{Kind: sdk.OpDelete, Path: "/a", Version: -1}, sdk.Result{}, nil},
		{"get", func(ctx context.Context, c *Client) (any, error) {
			data, _, err := c.Get(ctx, "/a")
			return data, err
		}, sdk.Op{Kind: sdk.OpGetData, Path: "/a"}, sdk.Result{Data: []byte("x")}, []byte("x")},
		{"get null", func(ctx context.Context, c *Client) (any, error) {
			data, _, err := c.Get(ctx, "/a")
			return data == nil, err
		}, sdk.Op{Kind: sdk.OpGetData, Path: "/a"}, sdk.Result{}, true},
		{"children", func(ctx context.Context, c *Client) (any, error) {
			names, _, err := c.Children(ctx, "/")
			return names, err
		}, sdk.Op{Kind: sdk.OpGetChildren2, Path: "/"}, sdk.Result{Children: []string{"a", "b"}}, []string{"a", "b"}},
		{"exists", func(ctx context.Context, c *Client) (any, error) {
			got, _, err := c.Exists(ctx, "/a")
			return got, err
		}, sdk.Op{Kind: sdk.OpExists, Path: "/a"}, sdk.Result{Stat: stat}, stat},
		{"getACL", func(ctx context.Context, c *Client) (any, error) {
			got, _, err := c.GetACL(ctx, "/a")
			return got, err
		}, sdk.Op{Kind: sdk.OpGetACL, Path: "/a"}, sdk.Result{ACL: acl}, acl},
		{"setACL", func(ctx context.Context, c *Client) (any, error) {
			return c.SetACL(ctx, "/a", acl, 0)
		}, sdk.Op{Kind: sdk.OpSetACL, Path: "/a", ACL: acl}, sdk.Result{Stat: stat}, stat},
		{"sync", func(ctx context.Context, c *Client) (any, error) {
			return nil, c.Sync(ctx, "/a")
		}, sdk.Op{Kind: sdk.OpSync, Path: "/a"}, sdk.Result{Path: "/a"}, nil},
	}
	_, p, c := connected(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			done := later(func() (any, error) { return test.call(t.Context(), c) })
			xid, op := p.expect(test.want.Kind)
			op.ACL, op.Ops = slices.Clip(op.ACL), nil
			if len(op.ACL) == 0 {
				op.ACL = nil
			}
			if !reflect.DeepEqual(op, test.want) {
				t.Errorf("sent %+v, want %+v", op, test.want)
			}
			p.reply(xid, sdk.Message{Kind: op.Kind, Zxid: 9, Result: test.reply})
			if value, err := done(); err != nil || !reflect.DeepEqual(value, test.value) {
				t.Errorf("got %v, %v, want %v", value, err, test.value)
			}
		})
	}
}

func TestErrorsNameOperationAndPath(t *testing.T) {
	_, p, c := connected(t)
	done := later(func() (string, error) { return c.Create(t.Context(), "/a/b", nil, 0, nil) })
	xid, op := p.expect(sdk.OpCreate)
	if op.Data != nil || !slices.Equal(op.ACL, sdk.OpenACL()) {
		t.Errorf("sent data %q and ACL %v, want none and the open one", op.Data, op.ACL)
	}
	p.reply(xid, sdk.Message{Kind: op.Kind, Code: sdk.CodeNoNode})
	_, err := done()
	if !errors.Is(err, sdk.CodeNoNode) || err.Error() != "create /a/b: node does not exist" {
		t.Errorf("error %v", err)
	}
}

func TestAbsenceIsNoError(t *testing.T) {
	_, p, c := connected(t)
	done := later(func() (bool, error) {
		_, ok, err := c.Exists(t.Context(), "/a")
		return ok, err
	})
	xid, _ := p.expect(sdk.OpExists)
	p.reply(xid, sdk.Message{Kind: sdk.OpExists, Code: sdk.CodeNoNode})
	if ok, err := done(); ok || err != nil {
		t.Errorf("exists: %v, %v", ok, err)
	}
}

func TestMultiNamesTheOperationThatFailed(t *testing.T) {
	_, p, c := connected(t)
	done := later(func() ([]sdk.OpResult, error) {
		return c.Multi(t.Context(),
			sdk.Op{Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL()},
			sdk.Op{Kind: sdk.OpDelete, Path: "/gone", Version: -1},
			sdk.Op{Kind: sdk.OpSetData, Path: "/c", Version: -1})
	})
	xid, op := p.expect(sdk.OpMulti)
	if len(op.Ops) != 3 {
		t.Fatalf("%d operations sent", len(op.Ops))
	}
	p.reply(xid, sdk.Message{Kind: sdk.OpMulti, Result: sdk.Result{Multi: []sdk.OpResult{
		{Kind: sdk.OpError}, {Kind: sdk.OpError, Code: sdk.CodeNoNode},
		{Kind: sdk.OpError, Code: sdk.CodeRuntimeInconsistency},
	}}})
	results, err := done()
	if !errors.Is(err, sdk.CodeNoNode) || err.Error() != "multi: operation 2: delete /gone: node does not exist" {
		t.Errorf("error %v", err)
	}
	if len(results) != 3 {
		t.Errorf("results %v", results)
	}
}

func TestCreateParents(t *testing.T) {
	_, p, c := connected(t)
	done := later(func() (string, error) { return c.CreateParents(t.Context(), "/a/b", []byte("x"), 0, nil) })
	for _, step := range []struct {
		path string
		code sdk.Code
	}{{"/a/b", sdk.CodeNoNode}, {"/a", sdk.CodeNodeExists}, {"/a/b", sdk.OK}} {
		xid, op := p.expect(sdk.OpCreate)
		if op.Path != step.path || (op.Data == nil) != (step.path == "/a") {
			t.Fatalf("create %s with %q", op.Path, op.Data)
		}
		p.reply(xid, sdk.Message{Kind: op.Kind, Code: step.code, Result: sdk.Result{Path: op.Path}})
	}
	if name, err := done(); name != "/a/b" || err != nil {
		t.Errorf("got %s, %v", name, err)
	}
}

func TestCallsArePipelined(t *testing.T) {
	_, p, c := connected(t)
	first := later(func() (string, error) { return c.Create(t.Context(), "/1", nil, 0, nil) })
	xid1, _ := p.expect(sdk.OpCreate)
	second := later(func() (string, error) { return c.Create(t.Context(), "/2", nil, 0, nil) })
	xid2, _ := p.expect(sdk.OpCreate) // though the first has no answer
	p.reply(xid1, sdk.Message{Kind: sdk.OpCreate, Result: sdk.Result{Path: "/1"}})
	p.reply(xid2, sdk.Message{Kind: sdk.OpCreate, Result: sdk.Result{Path: "/2"}})
	if name, err := first(); name != "/1" || err != nil {
		t.Errorf("first: %s, %v", name, err)
	}
	if name, err := second(); name != "/2" || err != nil {
		t.Errorf("second: %s, %v", name, err)
	}
}

func TestContextEndsACall(t *testing.T) {
	_, p, c := connected(t)
	_, err := c.Create(short(t), "/a", nil, 0, nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	done := later(func() (string, error) { return c.Create(t.Context(), "/b", nil, 0, nil) })
	xid1, _ := p.expect(sdk.OpCreate)
	xid2, _ := p.expect(sdk.OpCreate)
	p.reply(xid1, sdk.Message{Kind: sdk.OpCreate, Result: sdk.Result{Path: "/a"}}) // nobody waits for it
	p.reply(xid2, sdk.Message{Kind: sdk.OpCreate, Result: sdk.Result{Path: "/b"}})
	if name, err := done(); name != "/b" || err != nil {
		t.Errorf("got %s, %v", name, err)
	}
}

func TestTooLongRequestIsNotSent(t *testing.T) {
	_, p, c := connected(t)
	_, err := c.Set(t.Context(), "/a", bytes.Repeat([]byte("x"), requestLimit), -1)
	if !errors.Is(err, sdk.CodeBadArguments) {
		t.Errorf("error %v", err)
	}
	done := later(func() (any, error) { return nil, c.Delete(t.Context(), "/a", -1) })
	xid, _ := p.expect(sdk.OpDelete) // the connection is as good as before
	p.reply(xid, sdk.Message{Kind: sdk.OpDelete})
	if _, err := done(); err != nil {
		t.Error(err)
	}
}

func TestClose(t *testing.T) {
	_, p, c := connected(t)
	done := later(func() (any, error) { return nil, c.Close() })
	xid, _ := p.expect(sdk.OpCloseSession)
	if _, _, err := c.Get(t.Context(), "/a"); !errors.Is(err, ErrClosed) {
		t.Errorf("call while closing: %v", err)
	}
	p.reply(xid, sdk.Message{Kind: sdk.OpCloseSession})
	p.gone()
	if _, err := done(); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil || !errors.Is(c.Err(), ErrClosed) {
		t.Errorf("closed again: %v, %v", err, c.Err())
	}
}

func TestDialGivesUpWhenNobodyListens(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	_, err = Dial(t.Context(), Config{Servers: []string{ln.Addr().String()}})
	if err == nil {
		t.Fatal("no error")
	}
	if _, err := Dial(t.Context(), Config{}); err == nil {
		t.Error("no servers, no error")
	}
}

func TestDialTriesUntilThereIsASession(t *testing.T) {
	s := newServer(t)
	ready := dial(t, Config{Servers: []string{s.addr()}})
	p, _ := s.accept()
	p.nc.Close() // no quorum
	p, hello := s.accept()
	if hello.SessionID != 0 || hello.TimeoutMillis != 10_000 {
		t.Errorf("asked for session %d with %d ms", hello.SessionID, hello.TimeoutMillis)
	}
	p.welcome(time.Minute)
	if c := <-ready; c.SessionID() != 7 {
		t.Errorf("session %d", c.SessionID())
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	s := newServer(t)
	done := later(func() (*Client, error) { return Dial(short(t), Config{Servers: []string{s.addr()}}) })
	s.accept() // and says nothing
	if _, err := done(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func FuzzServer(f *testing.F) {
	f.Add(wire.AppendEvent(nil, &sdk.Event{Kind: sdk.EventCreated, Path: "/a"}))
	f.Add(wire.AppendReply(nil, 1, &sdk.Message{Kind: sdk.OpGetData, Result: sdk.Result{Data: []byte("x")}}))
	f.Add(wire.AppendReply(nil, wire.XidAuth, &sdk.Message{Kind: sdk.OpAuth, Code: sdk.CodeAuthFailed}))
	f.Fuzz(func(t *testing.T, stream []byte) {
		near, far := net.Pipe()
		defer near.Close()
		defer far.Close()
		c := newConn(near, wire.NewReader(bytes.NewReader(stream), replyLimit), time.Minute)
		call, err := c.send(&sdk.Op{Kind: sdk.OpGetData, Path: "/a", Watch: true}, newWatch())
		if err != nil {
			t.Fatal(err)
		}
		if c.read(newMemory()) == nil {
			t.Fatal("the stream has no end")
		}
		c.fail()
		<-call.done // whatever came, every call has an answer
	})
}
