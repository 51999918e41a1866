package plugins

import (
	"fmt"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Grant is what a plugin may do. Anything not granted is refused.
type Grant struct {
	feed     []sdk.Glob
	read     []sdk.Glob
	write    []sdk.Glob
	as       []sdk.Identity // an empty ID stands for any
	reconfig bool
}

// ParseGrant reads the words of a configuration:
//
//	feed:/glob     follow changes of nodes whose paths match, and take snapshots; feed alone is feed:/**
//	read:/glob     read and watch nodes below paths that match; read alone is read:/**
//	write:/glob    create, change and delete them; write alone is write:/**
//	as:scheme:id   say of a client that it is this; as:scheme alone is any of that scheme
//	reconfig       ask for other members of the cluster, as far as its clients may
//
// Without as a plugin's clients are what everyone is, and what they prove with credentials.
func ParseGrant(words []string) (Grant, error) {
	var g Grant
	for _, word := range words {
		if err := g.add(word); err != nil {
			return Grant{}, fmt.Errorf("grant %q: %w", word, err)
		}
	}
	return g, nil
}

func (g *Grant) add(word string) (err error) {
	name, rest, _ := strings.Cut(word, ":")
	switch {
	case name == "feed":
		g.feed, err = addGlob(g.feed, word, rest)
	case name == "read":
		g.read, err = addGlob(g.read, word, rest)
	case name == "write":
		g.write, err = addGlob(g.write, word, rest)
	case name == "as" && rest != "":
		scheme, id, _ := strings.Cut(rest, ":")
		g.as = append(g.as, sdk.Identity{Scheme: scheme, ID: id})
	case word == "reconfig":
		g.reconfig = true
	default:
		err = fmt.Errorf("must be feed:/glob, read:/glob, write:/glob, as:scheme:id or reconfig")
	}
	return err
}

func addGlob(globs []sdk.Glob, word, text string) ([]sdk.Glob, error) {
	if !strings.Contains(word, ":") {
		text = "/**"
	}
	glob, err := sdk.ParseGlob(text)
	return append(globs, glob), err
}

// login reports whether a client may be said to be all that it is said to be.
func (g Grant) login(login sdk.Login) error {
	for _, id := range login.Identities {
		if id != sdk.Anyone && !g.mayBe(id) {
			return fmt.Errorf("identity %s:%s is not granted to this plugin: %w", id.Scheme, id.ID, sdk.CodeNoAuth)
		}
	}
	return nil
}

func (g Grant) mayBe(id sdk.Identity) bool {
	for _, as := range g.as {
		if as.Scheme == id.Scheme && (as.ID == "" || as.ID == id.ID) {
			return true
		}
	}
	return false
}

// op is OK for an operation that is granted, and what to answer for one that is not.
func (g Grant) op(op *sdk.Op) sdk.Code {
	if op.Who != (sdk.Identity{}) && !g.mayBe(op.Who) {
		return sdk.CodeNoAuth
	}
	switch op.Kind {
	case sdk.OpPing, sdk.OpCloseSession, sdk.OpAuth, sdk.OpWhoAmI:
		return sdk.OK // it concerns the client's own session, and a credential speaks for itself
	case sdk.OpExists, sdk.OpGetData, sdk.OpGetACL, sdk.OpGetChildren, sdk.OpGetChildren2, sdk.OpSync, sdk.OpCheck,
		sdk.OpCheckWatches, sdk.OpRemoveWatches, sdk.OpGetEphemerals:
		return allow(g.read, op.Path)
	case sdk.OpAddWatch:
		return g.watch(op)
	case sdk.OpGetAllChildrenNumber:
		return allowBelow(g.read, op.Path)
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL, sdk.OpSetData, sdk.OpDelete, sdk.OpSetACL:
		return allow(g.write, written(op))
	case sdk.OpSetWatches, sdk.OpSetWatches2:
		return g.watches(op.Watches)
	case sdk.OpMulti, sdk.OpMultiRead:
		return g.all(op.Ops)
	case sdk.OpSASL:
		return granted(len(g.as) > 0) // a dialogue is for those who may come to an identity by it
	case sdk.OpReconfig:
		return granted(g.reconfig)
	}
	return sdk.CodeUnimplemented
}

// written is the path that a write is judged by. Of a node that gets a number it is one that it might get, so that
// a glob for the name without one does not cover it.
func written(op *sdk.Op) string {
	if op.Kind != sdk.OpSetData && op.Kind != sdk.OpDelete && op.Kind != sdk.OpSetACL && op.Mode.Sequential() {
		return op.Path + "0000000000"
	}
	return op.Path
}

// all is OK when every operation of a multi or multiRead is granted, else the answer for the first that is not.
func (g Grant) all(ops []sdk.Op) sdk.Code {
	for i := range ops {
		if code := g.op(&ops[i]); code != sdk.OK {
			return code
		}
	}
	return sdk.OK
}

func (g Grant) watch(op *sdk.Op) sdk.Code {
	if op.Type == sdk.WatchRecursive {
		return allowBelow(g.read, op.Path)
	}
	return allow(g.read, op.Path)
}

func (g Grant) watches(w *sdk.Watches) sdk.Code {
	if w == nil {
		return sdk.OK
	}
	for _, path := range slices.Concat(w.Data, w.Exist, w.Child, w.Persistent) {
		if code := allow(g.read, path); code != sdk.OK {
			return code
		}
	}
	for _, path := range w.Recursive {
		if code := allowBelow(g.read, path); code != sdk.OK {
			return code
		}
	}
	return sdk.OK
}

// allowBelow asks for the path and everything below it. Only a glob that ends with ** is sure to give that: what it
// takes for path it takes for every longer one too.
func allowBelow(globs []sdk.Glob, path string) sdk.Code {
	for _, glob := range globs {
		if strings.HasSuffix(glob.String(), "/**") && glob.Match(path) {
			return sdk.OK
		}
	}
	return sdk.CodeNoAuth
}

func allow(globs []sdk.Glob, path string) sdk.Code { return granted(fits(globs, path)) }

func granted(yes bool) sdk.Code {
	if yes {
		return sdk.OK
	}
	return sdk.CodeNoAuth
}

func fits(globs []sdk.Glob, path string) bool {
	for _, glob := range globs {
		if glob.Match(path) {
			return true
		}
	}
	return false
}
