package admit_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// world is a tree of nodes and an engine whose modules are words: "no-bad" refuses data "bad", "broken" does not load,
// "fails" fails at every call, "slow" never finishes loading before the world is closed.
type world struct {
	nodes map[string]string
	zxids map[string]int64 // mzxid by path, pzxid by path and a slash
	alive atomic.Int64     // validators loaded and not closed
	loads atomic.Int64     // under way
	most  atomic.Int64     // that were under way at once
	door  *admit.Door

	judges map[string]func(sdk.Write) error // by module

	allowed sdk.Code // what the tree says of writes of rules
	rules   map[string][]byte
	at      int64
}

func newWorld() *world {
	w := &world{nodes: map[string]string{}, judges: map[string]func(sdk.Write) error{}, zxids: map[string]int64{}, rules: map[string][]byte{}}
	w.door = admit.New(admit.Config{Engine: w, Nodes: w, Logger: slog.New(slog.DiscardHandler)})
	return w
}

func (w *world) Get(path string) sdk.Node {
	data, ok := w.nodes[path]
	return sdk.Node{Present: ok, Data: []byte(data), Stat: sdk.Stat{Mzxid: w.zxids[path], Pzxid: w.zxids[path+"/"]}}
}

func (w *world) Children(path string) ([]string, int64) {
	if _, ok := w.nodes[path]; !ok {
		return nil, 0
	}
	names := []string{}
	for node := range w.nodes {
		if parent, name := sdk.SplitPath(node); parent == path {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, w.zxids[path+"/"]
}

func (w *world) Allowed([]sdk.Identity, *sdk.Op) sdk.Code { return w.allowed }

// stage puts a module's chunks into the tree and returns its digest.
func (w *world) stage(code string) string {
	sum := sha256.Sum256([]byte(code))
	digest := hex.EncodeToString(sum[:])
	path := admit.ModuleRoot + "/" + digest
	w.nodes[path] = fmt.Sprintf(`{"size":%d,"chunks":2}`, len(code))
	w.nodes[path+"/0000"], w.nodes[path+"/0001"] = code[:2], code[2:]
	return digest
}

// install does what a client and Apply do: the write is judged, and takes effect when it is admitted.
func (w *world) install(name, rule string) *sdk.Rejection {
	_, refusal := w.judge(&sdk.Op{Kind: sdk.OpCreate, Path: admit.RulesRoot + "/" + name, Data: []byte(rule)})
	if refusal == nil {
		w.rules[name] = []byte(rule)
		w.update()
	}
	return refusal
}

func (w *world) update() {
	w.at++
	w.door.Update(w.at, w.rules)
}

func (w *world) judge(op *sdk.Op) (int64, *sdk.Rejection) {
	verdict := w.verdict(op)
	return verdict.Rules, verdict.Refusal
}

func (w *world) verdict(op *sdk.Op) admit.Verdict {
	return w.door.Judge(context.Background(), 7, []sdk.Identity{{Scheme: "digest", ID: "joe:secret"}}, op)
}

func (w *world) Load(ctx context.Context, m sdk.Module) (sdk.Validator, error) {
	w.most.Store(max(w.most.Load(), w.loads.Add(1)))
	defer w.loads.Add(-1)
	switch string(m.Code) {
	case "broken":
		return nil, errors.New("does not export grove_validate")
	case "slow":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	w.alive.Add(1)
	return &validator{world: w, module: m}, nil
}

type validator struct {
	world  *world
	module sdk.Module
}

func (v *validator) Name() string { return v.module.Name }
func (v *validator) Close() error { v.world.alive.Add(-1); return nil }

func (v *validator) Validate(_ context.Context, write sdk.Write) error {
	if judge := v.world.judges[string(v.module.Code)]; judge != nil {
		return judge(write)
	}
	if string(v.module.Code) == "fails" {
		return errors.New("fuel exhausted")
	}
	for i, op := range write.Ops {
		if string(op.Data) == "bad" {
			return &sdk.Rejection{Op: i, Code: sdk.CodeBadArguments, Reason: op.Path + " is bad"}
		}
	}
	return nil
}

func rule(digest, more string) string {
	return fmt.Sprintf(`{"module":%q,"paths":["/config/**"]%s}`, digest, more)
}

func set(path, data string) *sdk.Op {
	return &sdk.Op{Kind: sdk.OpSetData, Path: path, Data: []byte(data)}
}

func TestRuleRefusesUnderItsPath(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	if refusal := w.install("no-bad", rule(w.stage("no-bad"), "")); refusal != nil {
		t.Fatal(refusal)
	}
	tests := []struct {
		op      *sdk.Op
		refused bool
	}{
		{set("/config/a", "good"), false},
		{set("/config/a", "bad"), true},
		{set("/config", "bad"), true},
		{set("/other", "bad"), false},
		{&sdk.Op{Kind: sdk.OpCreate2, Path: "/config/b", Data: []byte("bad")}, true},
		{&sdk.Op{Kind: sdk.OpCloseSession}, false},
		{&sdk.Op{Kind: sdk.OpSync, Path: "/config/a", Data: []byte("bad")}, false},
	}
	for _, test := range tests {
		version, refusal := w.judge(test.op)
		if (refusal != nil) != test.refused || version != 1 {
			t.Errorf("%v %s %q: version %d, refusal %v", test.op.Kind, test.op.Path, test.op.Data, version, refusal)
		}
	}
	denials := w.door.Denials()
	if len(denials) != 3 || denials[0].Reason != "/config/a is bad" || denials[0].Who[0].ID != "joe" {
		t.Errorf("denials %+v", denials)
	}
}

func TestMultiIsJudgedAsAWhole(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	w.install("no-bad", rule(w.stage("no-bad"), `,"kinds":["set"]`))
	op := &sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{*set("/other", "bad"), *set("/config/a", "good"), *set("/config/b", "bad")}}
	if _, refusal := w.judge(op); refusal == nil || refusal.Op != 2 {
		t.Errorf("refusal %+v, want operation 2", refusal)
	}
	if denials := w.door.Denials(); denials[0].Path != "/config/b" || denials[0].Reason != "operation 3 of 3: /config/b is bad" {
		t.Errorf("denial names %s", denials[0].Path)
	}
}

func TestModes(t *testing.T) {
	for mode, refused := range map[string]bool{"enforce": true, "audit": false, "off": false} {
		w := newWorld()
		w.install("r", rule(w.stage("no-bad"), `,"mode":"`+mode+`"`))
		if _, refusal := w.judge(set("/config/a", "bad")); (refusal != nil) != refused {
			t.Errorf("mode %s: refusal %v", mode, refusal)
		}
		if got, want := len(w.door.Denials()), map[string]int{"enforce": 1, "audit": 1}[mode]; got != want {
			t.Errorf("mode %s: %d denials, want %d", mode, got, want)
		}
		w.door.Close()
	}
}

func TestFailingModuleGoesByOnError(t *testing.T) {
	for onError, refused := range map[string]bool{"deny": true, "allow": false} {
		w := newWorld()
		w.install("r", rule(w.stage("fails"), `,"on_error":"`+onError+`"`))
		if _, refusal := w.judge(set("/config/a", "x")); (refusal != nil) != refused {
			t.Errorf("on_error %s: refusal %v", onError, refusal)
		}
		w.door.Close()
	}
}

func TestBadRulesAreRefused(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	good := w.stage("no-bad")
	torn := w.stage("torn module")
	w.nodes[admit.ModuleRoot+"/"+torn+"/0001"] = "other"
	short := w.stage("short module")
	delete(w.nodes, admit.ModuleRoot+"/"+short+"/0001")
	tests := map[string]struct{ rule, reason string }{
		"no JSON":      {"hello", "invalid character"},
		"unknown key":  {rule(good, `,"colour":"red"`), `unknown field "colour"`},
		"two values":   {rule(good, "") + "{}", "more than one"},
		"bad digest":   {rule("abc", ""), "no SHA-256"},
		"bad glob":     {`{"module":"` + good + `","paths":["config"]}`, "must start with /"},
		"no path":      {`{"module":"` + good + `"}`, "paths"},
		"bad mode":     {rule(good, `,"mode":"maybe"`), "mode"},
		"bad kind":     {rule(good, `,"kinds":["read"]`), "kinds"},
		"bad reads":    {rule(good, `,"reads":"all"`), "reads"},
		"no module":    {rule(strings.Repeat("ab", 32), ""), "no node"},
		"torn module":  {rule(torn, ""), "do not have this digest"},
		"short module": {rule(short, ""), "1 of 2 chunks"},
		"broken":       {rule(w.stage("broken"), ""), "does not export grove_validate"},
	}
	for name, test := range tests {
		refusal := w.install("r", test.rule)
		if refusal == nil || !strings.Contains(refusal.Reason, test.reason) {
			t.Errorf("%s: %v, want %q", name, refusal, test.reason)
		}
	}
	if rules := w.door.Rules(); len(rules) != 0 {
		t.Errorf("in force though refused: %+v", rules)
	}
}

func TestRulesAreExemptFromRules(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	w.install("all", fmt.Sprintf(`{"module":%q,"paths":["/**"]}`, w.stage("fails")))
	for _, path := range []string{admit.RulesRoot + "/all", admit.ModuleRoot + "/x", "/zookeeper/quota/a"} {
		if _, refusal := w.judge(&sdk.Op{Kind: sdk.OpDelete, Path: path}); refusal != nil {
			t.Errorf("delete %s: %v", path, refusal)
		}
	}
}

// A rule replaced or removed frees its validator, and Close frees the rest.
func TestValidatorsAreFreed(t *testing.T) {
	w := newWorld()
	w.install("a", rule(w.stage("no-bad"), ""))
	w.install("b", rule(w.stage("fails"), `,"mode":"audit"`))
	delete(w.rules, "a")
	w.update()
	if _, refusal := w.judge(set("/config/a", "bad")); refusal != nil {
		t.Errorf("removed rule refuses: %v", refusal)
	}
	w.door.Close()
	if alive := w.alive.Load(); alive != 0 {
		t.Errorf("%d validators alive after Close", alive)
	}
}

// A rule from another node whose module still compiles here: writes wait for it, and then go by on_error.
func TestWriteWaitsForCompiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.rules["r"] = []byte(rule(w.stage("slow"), ""))
		w.update()
		if _, refusal := w.judge(set("/config/a", "x")); refusal == nil || !strings.Contains(refusal.Reason, "not compiled") {
			t.Errorf("refusal %v", refusal)
		}
		if status := w.door.Rules(); status[0].Ready || status[0].Failed != 1 {
			t.Errorf("status %+v", status)
		}
		w.door.Close()
	})
}

func sequential(path, data string) *sdk.Op {
	return &sdk.Op{Kind: sdk.OpCreate, Mode: sdk.ModePersistentSequential, Path: path, Data: []byte(data)}
}

// The name of a sequential node is not known when it is judged; no rule can be walked around by that.
func TestSequentialCreatesAreJudged(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	w.install("children", fmt.Sprintf(`{"module":%q,"paths":["/config/*"]}`, w.stage("no-bad")))
	w.install("all", fmt.Sprintf(`{"module":%q,"paths":["/**"]}`, w.stage("no-bad")))
	for _, path := range []string{"/config/", "/config/a", "/grove", "/zookeeper", "/"} {
		if _, refusal := w.judge(sequential(path, "bad")); refusal == nil {
			t.Errorf("a bad sequential create of %s passes", path)
		}
	}
	for _, path := range []string{admit.RulesRoot + "/", admit.RulesRoot + "/x", admit.RulesRoot + "/x/"} {
		if _, refusal := w.judge(sequential(path, rule(w.stage("no-bad"), ""))); refusal == nil {
			t.Errorf("a rule is made by a sequential create of %s", path)
		}
	}
	if _, refusal := w.judge(sequential(admit.ModuleRoot+"/x/", "bad")); refusal != nil {
		t.Errorf("a chunk is judged: %v", refusal)
	}
}

func TestRuleIsNotTriedForThoseWhoMayNotWriteIt(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	w.allowed = sdk.CodeNoAuth
	if refusal := w.install("r", rule(w.stage("no-bad"), "")); refusal == nil || refusal.Code != sdk.CodeNoAuth {
		t.Errorf("refusal %+v", refusal)
	}
	if w.alive.Load() != 0 {
		t.Error("its module was loaded")
	}
}

// Rules that are checked and never come into force do not pile up.
func TestCandidatesGiveWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		digest := w.stage("no-bad")
		for fuel := range 100 {
			op := &sdk.Op{Kind: sdk.OpCreate, Path: admit.RulesRoot + "/r", Data: []byte(rule(digest, fmt.Sprintf(`,"fuel":%d`, fuel+1)))}
			if _, refusal := w.judge(op); refusal != nil {
				t.Fatal(refusal)
			}
		}
		synctest.Wait()
		if alive := w.alive.Load(); alive > 4 {
			t.Errorf("%d validators alive", alive)
		}
		w.door.Close()
	})
}

// A log full of rule changes is replayed faster than anything compiles: what is no longer wanted gives way, and one
// compiles at a time.
func TestChangesDoNotPileUpCompiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		slow := w.stage("slow")
		for fuel := range 500 {
			w.rules["r"] = []byte(rule(slow, fmt.Sprintf(`,"fuel":%d`, fuel+1)))
			w.update()
		}
		synctest.Wait()
		if w.most.Load() > 1 {
			t.Errorf("%d modules were compiled at once", w.most.Load())
		}
		w.door.Close()
	})
}

func TestFailedLoadingIsTriedAgain(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	digest := w.stage("no-bad")
	chunk := admit.ModuleRoot + "/" + digest + "/0000"
	half := w.nodes[chunk]
	delete(w.nodes, chunk)
	w.rules["r"] = []byte(rule(digest, ""))
	w.update()
	if _, refusal := w.judge(set("/config/a", "good")); refusal == nil || !w.door.Failing() {
		t.Fatalf("refusal %v, failing %v", refusal, w.door.Failing())
	}
	w.nodes[chunk] = half
	w.update()
	if _, refusal := w.judge(set("/config/a", "good")); refusal != nil || w.door.Failing() {
		t.Errorf("refusal %v, failing %v", refusal, w.door.Failing())
	}
}

func TestModuleInUseStays(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	digest := w.stage("no-bad")
	w.install("r", rule(digest, ""))
	module := admit.ModuleRoot + "/" + digest
	for _, op := range []*sdk.Op{
		{Kind: sdk.OpDelete, Path: module + "/0000"},
		set(module+"/0001", "x"),
		{Kind: sdk.OpMulti, Ops: []sdk.Op{{Kind: sdk.OpDelete, Path: module}}},
		{Kind: sdk.OpMulti, Ops: []sdk.Op{*set(admit.RulesRoot+"/r", rule(digest, "")), {Kind: sdk.OpDelete, Path: admit.ModuleRoot + "/other"}}},
	} {
		if _, refusal := w.judge(op); refusal == nil {
			t.Errorf("%v %s passes", op.Kind, op.Path)
		}
	}
	delete(w.rules, "r")
	w.update()
	if _, refusal := w.judge(&sdk.Op{Kind: sdk.OpDelete, Path: module + "/0000"}); refusal != nil {
		t.Errorf("module without a rule: %v", refusal)
	}
}

// A rule of a newer version, with a key this one does not know, refuses what it would judge.
func TestUnknownRuleRefuses(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	w.rules["r"] = []byte(rule(w.stage("no-bad"), `,"colour":"red"`))
	w.rules["s"] = []byte("hello")
	w.update()
	if _, refusal := w.judge(set("/config/a", "good")); refusal == nil || !strings.Contains(refusal.Reason, "colour") {
		t.Errorf("refusal %v", refusal)
	}
	if _, refusal := w.judge(set("/other", "good")); refusal != nil {
		t.Errorf("elsewhere: %v", refusal)
	}
}

func TestThereIsAnEndToRules(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	digest := w.stage("no-bad")
	for i := range 64 {
		if refusal := w.install(fmt.Sprint("r", i), rule(digest, "")); refusal != nil {
			t.Fatal(refusal)
		}
	}
	if refusal := w.install("one-more", rule(digest, "")); refusal == nil || !strings.Contains(refusal.Reason, "64 rules") {
		t.Errorf("refusal %v", refusal)
	}
}

func TestJudgeAfterClose(t *testing.T) {
	w := newWorld()
	w.door.Close()
	if refusal := w.install("r", rule(w.stage("no-bad"), "")); refusal == nil {
		t.Error("a rule was tried after the door was closed")
	}
}

// A validator that is still here from another try is no module in the tree, and one that is there must stay there until
// the rule is applied.
func TestModuleMustBeThereWhenItsRuleIs(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	digest := w.stage("no-bad")
	module := admit.ModuleRoot + "/" + digest
	w.zxids[module], w.zxids[module+"/"], w.zxids[module+"/0001"] = 5, 7, 6
	op := &sdk.Op{Kind: sdk.OpCreate, Path: admit.RulesRoot + "/r", Data: []byte(rule(digest, ""))}
	verdict := w.verdict(op)
	want := []txn.Guard{
		{Kind: txn.GuardNode, Path: module, Zxid: 5}, {Kind: txn.GuardChildren, Path: module, Zxid: 7},
		{Kind: txn.GuardNode, Path: module + "/0000"}, {Kind: txn.GuardNode, Path: module + "/0001", Zxid: 6},
	}
	if verdict.Refusal != nil || !slices.Equal(verdict.Guards, want) {
		t.Errorf("verdict %+v, want guards %v", verdict, want)
	}
	multi := w.verdict(&sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{*set("/a", "x"), *op}})
	if multi.Refusal != nil || !slices.Equal(multi.Guards, want) {
		t.Errorf("in a multi: %+v", multi)
	}
	delete(w.nodes, module)
	if verdict := w.verdict(op); verdict.Refusal == nil || !strings.Contains(verdict.Refusal.Reason, "no node "+module) {
		t.Errorf("its module has gone: %+v", verdict)
	}
}

// What a module's node says of it is held against what is there.
func TestManifestIsChecked(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	digest := w.stage("no-bad")
	for manifest, want := range map[string]string{
		`{"size":7,"chunks":2}`:        "6 bytes where its node says 7",
		`{"size":6,"chunks":3}`:        "2 of 3 chunks",
		`{"size":6,"chunks":1000}`:     "1000 chunks of at most 256",
		`{"size":90000000,"chunks":2}`: "90000000 bytes of at most 8388608",
		`six`:                          "invalid character",
	} {
		w.nodes[admit.ModuleRoot+"/"+digest] = manifest
		if refusal := w.install("r", rule(digest, "")); refusal == nil || !strings.Contains(refusal.Reason, want) {
			t.Errorf("%s: %v, want %q", manifest, refusal, want)
		}
	}
}

// A client that asks for a rule whose module compiles and compiles is told so.
func TestRuleThatTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		if refusal := w.install("r", rule(w.stage("slow"), "")); refusal == nil || !strings.Contains(refusal.Reason, "took too long") {
			t.Errorf("refusal %v", refusal)
		}
		w.door.Close()
	})
}

// Rules run in ascending order, then by name; one in mode audit does not stop those after it, and one that refuses does.
func TestOrder(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	var asked []string
	for name, more := range map[string]string{
		"last": `,"order":9`, "b": `,"mode":"audit"`, "a": ``, "first": `,"order":-1`, "refuses": `,"order":3`, "after": `,"order":4`, "rests": `,"mode":"off"`,
	} {
		module := "module " + name
		w.judges[module] = func(sdk.Write) error {
			asked = append(asked, name)
			if name == "b" || name == "refuses" {
				return &sdk.Rejection{Code: sdk.CodeBadArguments, Reason: name}
			}
			return nil
		}
		w.rules[name] = []byte(rule(w.stage(module), more))
	}
	w.update()
	if _, refusal := w.judge(set("/config/a", "x")); refusal == nil || refusal.Reason != "refuses" {
		t.Errorf("refusal %+v", refusal)
	}
	if got := strings.Join(asked, " "); got != "first a b refuses" {
		t.Errorf("asked %s", got)
	}
}
