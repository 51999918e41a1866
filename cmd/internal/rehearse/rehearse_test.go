package rehearse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

// engine runs modules that are words.
type engine map[string]func(*sdk.Write) error

func (e engine) Load(_ context.Context, m sdk.Module) (sdk.Validator, error) {
	if e[string(m.Code)] == nil {
		return nil, errors.New("not a WebAssembly module")
	}
	return validator{e[string(m.Code)]}, nil
}

type validator struct{ judge func(*sdk.Write) error }

func (v validator) Name() string                                  { return "word" }
func (v validator) Validate(_ context.Context, w sdk.Write) error { return v.judge(&w) }

var modules = engine{
	"fails": func(*sdk.Write) error { return errors.New("module trapped") },
	"references": func(w *sdk.Write) error {
		for i, op := range w.Ops {
			parent, _ := sdk.SplitPath(op.Path)
			if name := string(op.Data); parent == "/routes" && !w.Tree.Get("/services/"+name).Present {
				return &sdk.Rejection{Op: i, Code: sdk.CodeBadArguments, Reason: name + " is not there"}
			}
		}
		return nil
	},
	"grows": func(w *sdk.Write) error {
		for i, op := range w.Ops {
			if op.Kind == sdk.OpDelete || op.Kind != sdk.OpSetACL && string(op.Data) <= string(op.Old.Data) || string(op.Data) > "9" {
				return &sdk.Rejection{Op: i, Code: sdk.CodeBadArguments, Reason: "does not grow"}
			}
		}
		return nil
	},
}

// open rehearses a module under a rule for these paths.
func open(t *testing.T, module string, reads admit.Reads, paths ...string) *Rehearsal {
	t.Helper()
	r, err := Open(t.Context(), modules, admit.Rule{Module: digest(module), Paths: paths, Reads: reads, Mode: admit.Audit}, []byte(module))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func digest(module string) string {
	sum := sha256.Sum256([]byte(module))
	return hex.EncodeToString(sum[:])
}

// nodes are data by path.
type nodes map[string]string

func (n nodes) Get(_ context.Context, path string) ([]byte, sdk.Stat, error) {
	data, ok := n[path]
	if !ok {
		return nil, sdk.Stat{}, sdk.CodeNoNode
	}
	return []byte(data), sdk.Stat{}, nil
}

func (n nodes) Children(ctx context.Context, path string) (names []string, _ sdk.Stat, err error) {
	if _, _, err := n.Get(ctx, path); err != nil {
		return nil, sdk.Stat{}, err
	}
	for child := range n {
		if parent, name := sdk.SplitPath(child); parent == path && name != "" {
			names = append(names, name)
		}
	}
	return names, sdk.Stat{}, nil
}

func (n nodes) GetACL(context.Context, string) ([]sdk.ACL, sdk.Stat, error) {
	return nil, sdk.Stat{}, sdk.CodeNoAuth
}

// gather keeps findings as lines.
func gather(into *[]string) func(Finding) error {
	return func(f Finding) error {
		*into = append(*into, fmt.Sprint(f.Zxid, " ", f.Op, " ", f.Path, ": ", f.Reason))
		return nil
	}
}

func expect(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestScan(t *testing.T) {
	r := open(t, "references", admit.ReadsTree, "/routes/*", "/services/*")
	tree := nodes{"/": "", "/routes": "", "/services": "", "/services/web": "", "/routes/a": "web", "/routes/b": "ftp", "/routes/c": "ssh", "/else": "x"}
	for root, want := range map[string][]string{
		"/": {
			`0 create /routes/b: ftp is not there`,
			`0 create /routes/c: ssh is not there`,
		},
		"/routes/c": {`0 create /routes/c: ssh is not there`},
		"/services": nil,
	} {
		var got []string
		count, err := r.Scan(t.Context(), tree, root, gather(&got))
		if err != nil || count.Refused != len(want) || root == "/" && count.Judged != 4 {
			t.Errorf("%s: %+v, %v", root, count, err)
		}
		expect(t, root, got, want)
	}
	if _, err := r.Scan(t.Context(), tree, "/missing", nil); err == nil || !strings.Contains(err.Error(), "/missing: node does not exist") {
		t.Errorf("a root that is missing: %v", err)
	}
}

// What is there counts as made now: it does not stand in its own way.
func TestScanHidesTheNode(t *testing.T) {
	r := open(t, "grows", admit.ReadsOld, "/n/*")
	var got []string
	_, err := r.Scan(t.Context(), nodes{"/": "", "/n": "", "/n/a": "5", "/n/b": "five"}, "/", gather(&got))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "findings", got, []string{"0 create /n/b: does not grow"})
}

// A module that fails is asked again and again, and does not hide behind its quarantine.
func TestScanOfAFailingModule(t *testing.T) {
	r := open(t, "fails", admit.ReadsNone, "/**")
	tree := nodes{"/": ""}
	for i := range 40 {
		tree[fmt.Sprint("/", i)] = ""
	}
	var got []string
	count, err := r.Scan(t.Context(), tree, "/", gather(&got))
	if err != nil || count.Refused != 41 {
		t.Errorf("%+v, %v", count, err)
	}
	for _, line := range got {
		if !strings.Contains(line, "the module failed: module trapped") || strings.Contains(line, "quarantined") {
			t.Fatal(line)
		}
	}
}

func TestRefusedRules(t *testing.T) {
	for want, rule := range map[string]admit.Rule{
		"not a WebAssembly module": {Module: digest("no module"), Paths: []string{"/a"}},
		"paths: 1 to 32":           {Module: digest("no module")},
		"no SHA-256":               {Module: "x", Paths: []string{"/a"}},
	} {
		if _, err := Open(t.Context(), modules, rule, []byte("no module")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

const log = `{"zxid":1,"session":7,"changes":[{"kind":"created","path":"/n/a","data":"NQ==","version":0}]}
{"zxid":2,"session":7,"changes":[{"kind":"changed","path":"/n/a","data":"Mw==","version":1}]}
{"zxid":3,"session":7,"changes":[{"kind":"created","path":"/n/b","data":"eA==","version":0},{"kind":"changed","path":"/else","data":"","version":1}]}
{"zxid":4,"session":7,"changes":[{"kind":"changed","path":"/n/old","data":"MQ==","version":9}]}
{"zxid":5,"session":7,"changes":[{"kind":"changed","path":"/n/old","data":"Mg==","version":10}]}
{"zxid":6,"session":7,"changes":[{"kind":"deleted","path":"/n/old"}]}
{"zxid":7,"session":0,"changes":[{"kind":"deleted","path":"/n/a"}]}
{"zxid":8,"session":7,"changes":[{"kind":"acl","path":"/n/b"}]}
{"zxid":9,"session":7,"changes":[{"kind":"from the future","path":"/n/b"}]}
`

func TestReplay(t *testing.T) {
	r := open(t, "grows", admit.ReadsOld, "/n/*")
	transactions, err := ReadLog(strings.NewReader(log))
	if err != nil || len(transactions) != 9 {
		t.Fatalf("%d transactions, %v", len(transactions), err)
	}
	var got []string
	count, err := r.Replay(t.Context(), nodes{"/n/b": "y"}, transactions, gather(&got))
	if err != nil || count != (Count{Judged: 7, Refused: 3, Undecided: 1}) {
		t.Errorf("%+v, %v", count, err)
	}
	expect(t, "findings", got, []string{
		"2 setData /n/a: does not grow",
		"3 create /n/b: does not grow",
		"6 delete /n/old: does not grow",
	})
}

// The past is what the log says of it, and else what is there now.
func TestPast(t *testing.T) {
	transactions, err := ReadLog(strings.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	now := nodes{"/n": "folder", "/n/b": "y", "/n/still": "here"}
	p := newPast(t.Context(), now, transactions)
	want := []string{"old still", "a old still", "a old still", "a b old still", "a b old still", "a b old still", "a b still", "b still"}
	for i, names := range want {
		if got, _ := p.Children("/n"); strings.Join(got, " ") != names {
			t.Errorf("before zxid %d: %q, want %s", i+1, got, names)
		}
		p.goOn(&transactions[i])
	}
	if got := p.Get("/n/still"); string(got.Data) != "here" || p.unknown {
		t.Errorf("%+v", got)
	}
	if names, _ := p.Children("/nowhere"); names != nil {
		t.Errorf("children of nothing: %q", names)
	}
}

func TestTornLog(t *testing.T) {
	if _, err := ReadLog(strings.NewReader("{}\n{")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("%v", err)
	}
}
