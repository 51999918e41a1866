package main

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/go-zookeeper/zk"
)

// wait is for anything that ought to happen at once.
const wait = 20 * time.Second

// place is where a check plays: a session, and a node of its own.
type place struct {
	*zk.Conn
	server string
	base   string
}

var open = zk.WorldACL(zk.PermAll)

// checks are run in this order.
var checks = []struct {
	name string
	run  func(p *place) error
}{
	{"create, get, set, delete", crud},
	{"errors", failures},
	{"null and empty data", nullAndEmpty},
	{"children", children},
	{"sequence", sequence},
	{"access control", accessControl},
	{"sync", func(p *place) error { _, err := p.Sync(p.base); return err }},
	{"data watch", dataWatch},
	{"child watch", childWatch},
	{"ephemerals end with their session", ephemerals},
	{"multi commits", multiCommits},
	{"multi rolls back", multiRollsBack},
	{"lock", lock},
}

// want compares, and says what was looked at.
func want(what string, got, want any) error {
	if reflect.DeepEqual(got, want) {
		return nil
	}
	return fmt.Errorf("%s: got %v, want %v", what, got, want)
}

func wantError(what string, got, want error) error {
	if errors.Is(got, want) {
		return nil
	}
	return fmt.Errorf("%s: got error %v, want %v", what, got, want)
}

func crud(p *place) error {
	path := p.base + "/node"
	made, err := p.Create(path, []byte("one"), 0, open)
	if err != nil {
		return err
	}
	data, stat, err := p.Get(path)
	if err != nil {
		return err
	}
	changed, err := p.Set(path, []byte("three"), 0)
	if err != nil {
		return err
	}
	deleted := p.Delete(path, 1)
	there, _, err := p.Exists(path)
	return errors.Join(err, deleted,
		want("path", made, path),
		want("data", string(data), "one"),
		want("version", stat.Version, int32(0)),
		want("version after set", changed.Version, int32(1)),
		want("length after set", changed.DataLength, int32(5)),
		want("there after delete", there, false))
}

func failures(p *place) error {
	_, twice := p.Create(p.base, nil, 0, open)
	_, orphan := p.Create(p.base+"/none/child", nil, 0, open)
	_, _, missing := p.Get(p.base + "/none")
	_, version := p.Set(p.base, nil, 7)
	if err := create(p.Conn, p.base+"/child"); err != nil {
		return err
	}
	return errors.Join(
		wantError("create of what is there", twice, zk.ErrNodeExists),
		wantError("create without parent", orphan, zk.ErrNoNode),
		wantError("get of nothing", missing, zk.ErrNoNode),
		wantError("set of another version", version, zk.ErrBadVersion),
		wantError("delete with children", p.Delete(p.base, -1), zk.ErrNotEmpty))
}

func nullAndEmpty(p *place) error {
	if _, err := p.Create(p.base+"/empty", []byte{}, 0, open); err != nil {
		return err
	}
	if _, err := p.Create(p.base+"/null", nil, 0, open); err != nil {
		return err
	}
	empty, _, err1 := p.Get(p.base + "/empty")
	null, _, err2 := p.Get(p.base + "/null")
	return errors.Join(err1, err2,
		want("empty data is null", empty == nil, false), want("length of empty data", len(empty), 0),
		want("null data is null", null == nil, true))
}

func children(p *place) error {
	for _, name := range []string{"b", "a"} {
		if err := create(p.Conn, p.base+"/"+name); err != nil {
			return err
		}
	}
	names, stat, err := p.Children(p.base)
	slices.Sort(names)
	return errors.Join(err,
		want("names", names, []string{"a", "b"}),
		want("number", stat.NumChildren, int32(2)), want("cversion", stat.Cversion, int32(2)))
}

func sequence(p *place) error {
	first, err1 := p.Create(p.base+"/s-", nil, zk.FlagSequence, open)
	second, err2 := p.Create(p.base+"/s-", nil, zk.FlagSequence, open)
	return errors.Join(err1, err2,
		want("first", first, p.base+"/s-0000000000"), want("second", second, p.base+"/s-0000000001"))
}

func accessControl(p *place) error {
	acl := zk.WorldACL(zk.PermRead | zk.PermAdmin)
	stat, err := p.SetACL(p.base, acl, 0)
	if err != nil {
		return err
	}
	got, _, err := p.GetACL(p.base)
	_, refused := p.Set(p.base, nil, -1)
	_, back := p.SetACL(p.base, open, 1)
	return errors.Join(err, back,
		want("aversion", stat.Aversion, int32(1)), want("ACL", got, acl),
		wantError("set without permission", refused, zk.ErrNoAuth))
}

// event waits for the one event of a watch.
func event(events <-chan zk.Event, kind zk.EventType, path string) error {
	select {
	case e := <-events:
		return errors.Join(e.Err, want("event", e.Type, kind), want("path of the event", e.Path, path))
	case <-time.After(wait):
		return fmt.Errorf("no event %v of %s", kind, path)
	}
}

func dataWatch(p *place) error {
	path := p.base + "/node"
	_, _, created, err := p.ExistsW(path)
	if err != nil {
		return err
	}
	if err := errors.Join(create(p.Conn, path), event(created, zk.EventNodeCreated, path)); err != nil {
		return err
	}
	_, _, changed, err := p.GetW(path)
	if err != nil {
		return err
	}
	_, err = p.Set(path, []byte("x"), -1)
	return errors.Join(err, event(changed, zk.EventNodeDataChanged, path))
}

func childWatch(p *place) error {
	_, _, events, err := p.ChildrenW(p.base)
	if err != nil {
		return err
	}
	return errors.Join(create(p.Conn, p.base+"/child"), event(events, zk.EventNodeChildrenChanged, p.base))
}

func ephemerals(p *place) error {
	other, err := connect(p.server)
	if err != nil {
		return err
	}
	path := p.base + "/e"
	_, err = other.Create(path, nil, zk.FlagEphemeral, open)
	owner := other.SessionID()
	if err != nil {
		other.Close()
		return err
	}
	_, stat, gone, err := p.ExistsW(path)
	other.Close()
	if err != nil {
		return err
	}
	return errors.Join(want("owner", stat.EphemeralOwner, owner), event(gone, zk.EventNodeDeleted, path))
}

func multiCommits(p *place) error {
	path := p.base + "/node"
	results, err := p.Multi(
		&zk.CreateRequest{Path: path, Acl: open},
		&zk.SetDataRequest{Path: path, Data: []byte("x"), Version: 0},
		&zk.CheckVersionRequest{Path: path, Version: 1},
		&zk.CreateRequest{Path: path + "/child", Acl: open},
		&zk.DeleteRequest{Path: path + "/child", Version: -1})
	if err != nil {
		return err
	}
	data, _, err := p.Get(path)
	return errors.Join(err,
		want("results", len(results), 5), want("path", results[0].String, path),
		want("version", results[1].Stat.Version, int32(1)), want("data", string(data), "x"))
}

func multiRollsBack(p *place) error {
	_, err := p.Multi(
		&zk.CreateRequest{Path: p.base + "/a", Acl: open},
		&zk.DeleteRequest{Path: p.base + "/none", Version: -1})
	names, _, listed := p.Children(p.base)
	return errors.Join(listed,
		wantError("outcome", err, zk.ErrNoNode), want("children", len(names), 0))
}

func lock(p *place) error {
	other, err := connect(p.server)
	if err != nil {
		return err
	}
	defer other.Close()
	mine, theirs := zk.NewLock(p.Conn, p.base+"/lock", open), zk.NewLock(other, p.base+"/lock", open)
	if err := mine.Lock(); err != nil {
		return err
	}
	got := make(chan error, 1)
	go func() { got <- theirs.Lock() }() // ends with other at the latest
	select {
	case err := <-got:
		return fmt.Errorf("locked while it was taken, or: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	if err := mine.Unlock(); err != nil {
		return err
	}
	select {
	case err := <-got:
		return errors.Join(err, theirs.Unlock())
	case <-time.After(wait):
		return errors.New("no lock after it was released")
	}
}
