package history

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/sdk"
)

// TestStories walks testdata: each file is a tree's life. Every line of a run is one transaction, whose zxid is one higher
// than the last and whose time, unless the directive says at=MS, is 1000 times its zxid; all lines of a multi are one.
//
//	run|multi [who=(scheme:id ...)] [session=N] [at=MS]
//
// Lines: create|ephemeral PATH [DATA] [acl=LIST]; set PATH [DATA]; delete PATH; setacl PATH acl=LIST; on PATH JSON (a
// policy); end SESSION; ls PATH; show PATH (its entries: number, head, data, who may read). DATA may be quoted as in
// Go; left out it is null. A LIST is scheme:id:perms,... After each transaction the keeper must be what Load makes of
// the tree.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &story{tree: tree.New()}
		s.do(sdk.Op{Kind: sdk.OpCreate, Path: sdk.GroveRoot, ACL: sdk.OpenACL()})
		s.do(sdk.Op{Kind: sdk.OpCreate, Path: Root, ACL: sdk.OpenACL()})
		s.do(sdk.Op{Kind: sdk.OpCreate, Path: PoliciesRoot, ACL: sdk.OpenACL()})
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.out.Reset()
			s.who, s.at = tree.Actor{}, 0
			for _, arg := range d.CmdArgs {
				s.argument(t, arg)
			}
			s.directive(t, d)
			return s.out.String()
		})
	})
}

type story struct {
	tree   *tree.Tree
	keeper Keeper
	zxid   int64
	at     int64
	who    tree.Actor
	out    strings.Builder
}

func (s *story) argument(t *testing.T, arg datadriven.CmdArg) {
	switch arg.Key {
	case "session":
		s.who.Session = number(t, arg.Vals[0])
	case "at":
		s.at = number(t, arg.Vals[0])
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
	var ops []sdk.Op
	for text := range strings.Lines(d.Input) {
		w := words(t, text)
		switch {
		case w[0] == "show":
			s.show(t, w[1])
		case w[0] == "ls":
			fmt.Fprintf(&s.out, "%q\n", s.tree.Children(w[1]))
		case w[0] == "end":
			s.end(number(t, w[1]))
		case d.Cmd == "multi":
			ops = append(ops, parse(t, w))
		default:
			s.do(parse(t, w))
		}
		s.check(t)
	}
	if len(ops) > 0 {
		s.do(sdk.Op{Kind: sdk.OpMulti, Ops: ops})
		s.check(t)
	}
}

func (s *story) stamp() tree.Stamp {
	s.zxid++
	if s.at != 0 {
		return tree.Stamp{Zxid: s.zxid, Time: s.at}
	}
	return tree.Stamp{Zxid: s.zxid, Time: 1000 * s.zxid}
}

func (s *story) do(op sdk.Op) {
	at := s.stamp()
	result, code, effects := s.tree.Write(at, s.who, &op, nil)
	for _, r := range result.Multi {
		if r.Code != sdk.OK {
			code = r.Code
		}
	}
	if code != sdk.OK {
		fmt.Fprintf(&s.out, "%v\n", code)
	}
	s.keeper.Record(s.tree, at, s.who, effects)
}

func (s *story) end(session int64) {
	at := s.stamp()
	s.keeper.Record(s.tree, at, tree.Actor{Session: session}, s.tree.EndSession(at, session, nil))
}

// check compares the keeper with one that only knows the tree.
func (s *story) check(t *testing.T) {
	t.Helper()
	if err := equal(s.tree, &s.keeper); err != nil {
		t.Fatal(err)
	}
}

func equal(t *tree.Tree, k *Keeper) error {
	var fresh Keeper
	fresh.Load(t)
	if len(fresh.policies) != len(k.policies) {
		return fmt.Errorf("%d policies, and %d in the tree", len(k.policies), len(fresh.policies))
	}
	for path, want := range fresh.policies {
		if err := equalLedgers(t, k.policies[path], want); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return equalLedgers(t, &k.orphans, &fresh.orphans)
}

func equalLedgers(t Tree, got, want *ledger) error {
	live := slices.DeleteFunc(slices.Clone(got.lines), func(e line) bool { return !e.there(t) })
	if !slices.Equal(live, want.lines) || got.count != want.count || got.bytes != want.bytes || got.Policy != want.Policy {
		return fmt.Errorf("%+v (%d, %d bytes), and in the tree %+v (%d, %d bytes)", live, got.count, got.bytes, want.lines, want.count, want.bytes)
	}
	return nil
}

func (s *story) show(t *testing.T, path string) {
	above := EntriesPath(path)
	_, acl, _, ok := s.tree.Get(above)
	if !ok {
		fmt.Fprintln(&s.out, "no history")
		return
	}
	for _, name := range s.tree.Children(above) {
		data, acl, _, _ := s.tree.Get(above + "/" + name)
		if _, err := ParseEntry(data); err != nil {
			t.Fatal(err)
		}
		head, rest, _ := strings.Cut(string(data), "\n")
		fmt.Fprintf(&s.out, "%s %s %q %s\n", name, head, rest, listText(acl))
	}
	fmt.Fprintf(&s.out, "listed to %s\n", listText(acl))
}

func parse(t *testing.T, w []string) sdk.Op {
	kind := map[string]sdk.OpKind{
		"create": sdk.OpCreate, "ephemeral": sdk.OpCreate, "set": sdk.OpSetData, "delete": sdk.OpDelete, "setacl": sdk.OpSetACL,
		"on": sdk.OpCreate,
	}[w[0]]
	if kind == 0 {
		t.Fatalf("%q", w)
	}
	op := sdk.Op{Kind: kind, Path: w[1], Version: sdk.AnyVersion, ACL: sdk.OpenACL()}
	for _, word := range w[2:] {
		if list, ok := strings.CutPrefix(word, "acl="); ok {
			op.ACL = parseList(list)
		} else {
			op.Data = []byte(word)
		}
	}
	switch w[0] {
	case "ephemeral":
		op.Mode = sdk.ModeEphemeral
	case "on":
		op.Path = PolicyPath(w[1])
	}
	return op
}

var letters = map[rune]sdk.Perm{'r': sdk.PermRead, 'w': sdk.PermWrite, 'c': sdk.PermCreate, 'd': sdk.PermDelete, 'a': sdk.PermAdmin}

func parseList(text string) (list []sdk.ACL) {
	for entry := range strings.SplitSeq(text, ",") {
		scheme, rest, _ := strings.Cut(entry, ":")
		last := strings.LastIndexByte(rest, ':')
		acl := sdk.ACL{Identity: sdk.Identity{Scheme: scheme, ID: rest[:last]}}
		for _, r := range rest[last+1:] {
			acl.Perms |= letters[r]
		}
		list = append(list, acl)
	}
	return list
}

func listText(list []sdk.ACL) string {
	var words []string
	for _, entry := range list {
		perms := ""
		for _, r := range "rwcda" {
			if entry.Perms&letters[r] != 0 {
				perms += string(r)
			}
		}
		words = append(words, entry.Scheme+":"+entry.ID+":"+perms)
	}
	return strings.Join(words, ",")
}

// words cuts a line at spaces outside of quotes.
func words(t *testing.T, text string) (all []string) {
	rest := strings.TrimSpace(text)
	for rest != "" {
		word, _, _ := strings.Cut(rest, " ")
		rest = strings.TrimSpace(rest[len(word):])
		if word[0] == '"' {
			quoted, err := strconv.QuotedPrefix(word + " " + rest)
			if err != nil {
				t.Fatal(err)
			}
			rest = strings.TrimSpace((word + " " + rest)[len(quoted):])
			if word, err = strconv.Unquote(quoted); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, word)
	}
	return all
}

func number(t *testing.T, text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
