package tree

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/grove-coordination/grove/sdk"
)

// TestStories walks testdata: each file is a tree's life, told in three directives. Every line that writes is one
// transaction, whose zxid is one higher than the last and whose time is 1000 times its zxid.
//
//	run [session=N] [who=(scheme:id ...)]      one op or question per line
//	multi [session=N] [who=(scheme:id ...)]    one multi, an op per line
//	multiread [who=(scheme:id ...)]            one multiRead, an op per line
//	reload                                     go on with what Load makes of what Save wrote
//
// Lines: create|create2|container|ttl PATH [DATA] [mode=N|s|e|es|c|t|ts] [ttl=MS] [acl=LIST]; delete|check PATH [v=N];
// set PATH [DATA] [v=N]; setacl PATH LIST [v=N]; op KIND PATH; exists|get|getacl|ls|ls2|count PATH (what a client reads);
// stat|extent PATH (without a client); end SESSION; ephemerals SESSION [PREFIX]; len; sweepable NOW; sweep PATH NOW;
// quotas (as they were understood); creations PATH N (as if so many children had been created there); owners (of
// ephemerals); sizes. Words may be quoted as in Go; DATA that is left out is null. A LIST is scheme:id:perms,... with perms
// as letters of rwcda or "-" for none; "-" alone is an empty list. Effects are indented below their write.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &story{tree: New()}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.out.Reset()
			s.who = Actor{}
			for _, arg := range d.CmdArgs {
				s.actor(t, arg)
			}
			s.directive(t, d)
			return s.out.String()
		})
	})
}

type story struct {
	tree *Tree
	zxid int64
	who  Actor
	out  strings.Builder
}

func (s *story) actor(t *testing.T, arg datadriven.CmdArg) {
	switch arg.Key {
	case "session":
		s.who.Session = integer(t, arg.Vals[0])
	case "who":
		for word := range strings.FieldsSeq(strings.Join(arg.Vals, " ")) {
			scheme, id, _ := strings.Cut(word, ":")
			s.who.Identities = append(s.who.Identities, sdk.Identity{Scheme: scheme, ID: id})
		}
	default:
		t.Fatalf("argument %q", arg.Key)
	}
}

func (s *story) directive(t *testing.T, d *datadriven.TestData) {
	switch d.Cmd {
	case "run":
		for line := range strings.Lines(d.Input) {
			s.line(t, words(t, line))
		}
	case "multi":
		op := sdk.Op{Kind: sdk.OpMulti}
		for line := range strings.Lines(d.Input) {
			op.Ops = append(op.Ops, parseOp(t, words(t, line)))
		}
		s.write(&op)
	case "multiread":
		op := sdk.Op{Kind: sdk.OpMultiRead}
		for line := range strings.Lines(d.Input) {
			op.Ops = append(op.Ops, parseOp(t, words(t, line)))
		}
		s.read(&op)
	case "reload":
		s.reload(t)
	default:
		t.Fatalf("directive %q", d.Cmd)
	}
}

func (s *story) line(t *testing.T, w []string) {
	switch w[0] {
	case "stat":
		stat, ok := s.tree.Stat(w[1])
		if !ok {
			s.printf("none")
			return
		}
		s.printf("%s", statText(stat))
	case "end":
		s.zxid++
		s.effects(s.tree.EndSession(Stamp{s.zxid, s.zxid * 1000}, integer(t, w[1]), nil))
	case "ephemerals":
		prefix := ""
		if len(w) > 2 {
			prefix = w[2]
		}
		s.printf("%q", s.tree.EphemeralsBelow(integer(t, w[1]), prefix))
	case "quotas":
		for _, path := range slices.Sorted(maps.Keys(s.tree.quotas)) {
			s.printf("%s %+v", path, s.tree.quotas[path])
		}
		s.printf("soft limits passed: %d", s.tree.SoftQuotaPassed())
	case "sweepable":
		s.printf("%q", allSweepable(s.tree, integer(t, w[1])))
	case "sweep":
		s.zxid++
		effects, swept := s.tree.Sweep(Stamp{s.zxid, integer(t, w[2])}, w[1], nil)
		s.printf("%t", swept)
		s.effects(effects)
	case "creations":
		n := s.tree.nodes.at(s.tree.find(w[1]))
		s.tree.families.at(n.family).creations = integer(t, w[2])
	case "owners":
		for _, session := range slices.Sorted(maps.Keys(s.tree.owners.byID)) {
			if paths := s.tree.Ephemerals(session); paths != nil {
				s.printf("%d %q", session, paths)
			}
		}
	case "sizes":
		s.printf("%d nodes, %d ephemerals, %d bytes", s.tree.Len(), s.tree.EphemeralCount(), s.tree.DataSize())
	case "extent":
		nodes, bytes := s.tree.Extent(w[1])
		s.printf("%d nodes, %d bytes", nodes, bytes)
	case "len":
		s.printf("%d", s.tree.Len())
	case "exists", "get", "getacl", "ls", "ls2", "count":
		op := parseOp(t, w)
		s.read(&op)
	default:
		op := parseOp(t, w)
		s.write(&op)
	}
}

func (s *story) printf(format string, args ...any) { fmt.Fprintf(&s.out, format+"\n", args...) }

func (s *story) write(op *sdk.Op) {
	s.zxid++
	result, code, effects := s.tree.Write(Stamp{s.zxid, s.zxid * 1000}, s.who, op, nil)
	switch {
	case code != sdk.OK:
		s.printf("%v", code)
	case op.Kind == sdk.OpMulti:
		s.printf("multi of %d", len(result.Multi))
		for _, r := range result.Multi {
			s.printf("%s", resultText(r.Kind, r.Code, sdk.Result{Path: r.Path, Stat: r.Stat}))
		}
	default:
		s.printf("%s", resultText(op.Kind, code, result))
	}
	s.effects(effects)
}

func (s *story) effects(effects []Effect) {
	for _, e := range effects {
		line := fmt.Sprintf("  %v %s v=%d", e.Kind, e.Path, e.Version)
		if e.Data != nil {
			line += fmt.Sprintf(" %q", e.Data)
		}
		if e.Owner != 0 {
			line += fmt.Sprintf(" owner=%d", e.Owner)
		}
		s.printf("%s acl=%s above=%s", line, listText(e.ACL), listText(e.ParentACL))
	}
}

func (s *story) read(op *sdk.Op) {
	result, code := s.tree.Read(s.who.Identities, op)
	if code != sdk.OK {
		s.printf("%v", code)
		return
	}
	if op.Kind != sdk.OpMultiRead {
		s.printf("%s", resultText(op.Kind, code, result))
		return
	}
	s.printf("multiRead of %d", len(result.Multi))
	for _, r := range result.Multi {
		s.printf("%s", resultText(r.Kind, r.Code, sdk.Result{Stat: r.Stat, Data: r.Data, Children: r.Children}))
	}
}

func (s *story) reload(t *testing.T) {
	var b bytes.Buffer
	if err := s.tree.Save(&b); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(&b)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Hash() != s.tree.Hash() || loaded.Len() != s.tree.Len() {
		t.Errorf("the tree is another after Save and Load")
	}
	s.tree = loaded
}

func resultText(kind sdk.OpKind, code sdk.Code, r sdk.Result) string {
	switch kind {
	case sdk.OpError:
		return fmt.Sprintf("error %d %v", code, code)
	case sdk.OpCreate:
		return "create " + r.Path
	case sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL:
		return fmt.Sprintf("%v %s %s", kind, r.Path, statText(r.Stat))
	case sdk.OpGetData:
		if r.Data == nil {
			return fmt.Sprintf("null %s", statText(r.Stat))
		}
		return fmt.Sprintf("%q %s", r.Data, statText(r.Stat))
	case sdk.OpGetACL:
		return fmt.Sprintf("%s %s", listText(r.ACL), statText(r.Stat))
	case sdk.OpGetChildren:
		return fmt.Sprintf("%q", r.Children)
	case sdk.OpGetChildren2:
		return fmt.Sprintf("%q %s", r.Children, statText(r.Stat))
	case sdk.OpGetAllChildrenNumber:
		return fmt.Sprintf("%d below", r.Count)
	case sdk.OpDelete, sdk.OpCheck:
		return kind.String()
	}
	return fmt.Sprintf("%v %s", kind, statText(r.Stat))
}

func statText(s sdk.Stat) string {
	return fmt.Sprintf("c=%d m=%d p=%d ct=%d mt=%d v=%d cv=%d av=%d owner=%d len=%d kids=%d", s.Czxid, s.Mzxid, s.Pzxid,
		s.Ctime, s.Mtime, s.Version, s.Cversion, s.Aversion, s.EphemeralOwner, s.DataLength, s.NumChildren)
}

const permLetters = "rwcda" // in the order of the bits

func listText(acl []sdk.ACL) string {
	var entries []string
	for _, entry := range acl {
		perms := ""
		for bit, letter := range permLetters {
			if entry.Perms>>bit&1 != 0 {
				perms += string(letter)
			}
		}
		entries = append(entries, fmt.Sprintf("%s:%s:%s", entry.Scheme, entry.ID, perms))
	}
	if list := strings.Join(entries, ","); list != "world:anyone:rwcda" {
		return list
	}
	return "open"
}

func parseList(t *testing.T, text string) []sdk.ACL {
	if text == "-" {
		return []sdk.ACL{}
	}
	var acl []sdk.ACL
	for word := range strings.SplitSeq(text, ",") {
		scheme, rest, _ := strings.Cut(word, ":")
		at := strings.LastIndexByte(rest, ':')
		if at < 0 {
			t.Fatalf("entry %q of an ACL", word)
		}
		entry := sdk.ACL{Identity: sdk.Identity{Scheme: scheme, ID: rest[:at]}}
		for _, letter := range strings.Trim(rest[at+1:], "-") {
			entry.Perms |= 1 << strings.IndexRune(permLetters, letter)
		}
		acl = append(acl, entry)
	}
	return acl
}

var storyOps = map[string]sdk.OpKind{
	"create": sdk.OpCreate, "create2": sdk.OpCreate2, "delete": sdk.OpDelete, "set": sdk.OpSetData,
	"setacl": sdk.OpSetACL, "check": sdk.OpCheck, "exists": sdk.OpExists, "get": sdk.OpGetData,
	"getacl": sdk.OpGetACL, "ls": sdk.OpGetChildren, "ls2": sdk.OpGetChildren2, "count": sdk.OpGetAllChildrenNumber,
	"container": sdk.OpCreateContainer, "ttl": sdk.OpCreateTTL,
}

var storyModes = map[string]sdk.CreateMode{
	"s": sdk.ModePersistentSequential, "e": sdk.ModeEphemeral, "es": sdk.ModeEphemeralSequential,
	"c": sdk.ModeContainer, "t": sdk.ModeTTL, "ts": sdk.ModeTTLSequential,
}

// parseOp reads an op from a line. Without acl= a create gives everything to everyone.
func parseOp(t *testing.T, w []string) sdk.Op {
	op := sdk.Op{Kind: storyOps[w[0]], Version: sdk.AnyVersion, ACL: sdk.OpenACL()}
	if w[0] == "op" {
		op.Kind = sdk.OpKind(integer(t, w[1]))
		w = w[1:]
	}
	op.Path = w[1]
	for _, word := range w[2:] {
		key, value, _ := strings.Cut(word, "=")
		switch {
		case key == "v":
			op.Version = int32(integer(t, value))
		case key == "mode":
			if op.Mode = storyModes[value]; op.Mode == 0 {
				op.Mode = sdk.CreateMode(integer(t, value))
			}
		case key == "ttl":
			op.TTL = integer(t, value)
		case key == "acl":
			op.ACL = parseList(t, value)
		case op.Kind == sdk.OpSetACL:
			op.ACL = parseList(t, word)
		default:
			op.Data = append([]byte{}, word...)
		}
	}
	return op
}

// words cuts a line at spaces; a word in quotes may hold anything that a Go string may.
func words(t *testing.T, line string) []string {
	var list []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		word, rest, _ := strings.Cut(line, " ")
		if quoted, err := strconv.QuotedPrefix(line); err == nil {
			word, _ = strconv.Unquote(quoted)
			rest = line[len(quoted):]
		}
		list, line = append(list, word), rest
	}
	if len(list) < 1 {
		t.Fatal("empty line")
	}
	return list
}

func integer(t *testing.T, text string) int64 {
	n, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
