package admit_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

var super = []sdk.Identity{sdk.Anyone, sdk.Super}

func TestSuper(t *testing.T) {
	tests := []struct {
		rule    string
		who     []sdk.Identity
		refused bool
	}{
		{``, super, true},
		{`,"super":"judge"`, super, true},
		{`,"super":"bypass"`, super, false},
		{`,"super":"bypass"`, []sdk.Identity{sdk.Anyone, {Scheme: "digest", ID: "super:x"}}, true},
		{`,"super":"bypass"`, nil, true},
	}
	for _, test := range tests {
		w := newWorld()
		w.install("r", rule(w.stage("no-bad"), test.rule))
		verdict := w.door.Judge(context.Background(), 7, test.who, set("/config/a", "bad"))
		if (verdict.Refusal != nil) != test.refused || verdict.Rules != 1 {
			t.Errorf("%s by %v: %+v", test.rule, test.who, verdict)
		}
		w.door.Close()
	}
	w := newWorld()
	defer w.door.Close()
	if refusal := w.install("r", rule(w.stage("no-bad"), `,"super":"obey"`)); refusal == nil || !strings.Contains(refusal.Reason, "super") {
		t.Errorf("refusal %+v", refusal)
	}
}

// Whatever super does past a rule can be seen afterwards, three times.
func TestEveryBypassIsRecorded(t *testing.T) {
	var log bytes.Buffer
	w := newWorld()
	w.door = admit.New(admit.Config{Engine: w, Nodes: w, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	defer w.door.Close()
	w.install("r", rule(w.stage("fails"), `,"super":"bypass"`))
	w.install("other", rule(w.stage("no-bad"), ""))
	multi := &sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{
		*set("/elsewhere", "x"), *set("/config/b", "x"), *set("/config/c", "x"), *set("/elsewhere", "x"), *set("/config/d", "x"),
	}}
	for _, op := range []*sdk.Op{set("/config/a", "x"), multi, set("/elsewhere", "x")} {
		if verdict := w.door.Judge(context.Background(), 7, super, op); verdict.Refusal != nil {
			t.Errorf("refused: %v", verdict.Refusal)
		}
	}
	if verdict := w.door.Judge(context.Background(), 7, super, set("/config/a", "bad")); verdict.Refusal == nil {
		t.Error("the other rule, which is asked first, does not judge")
	}
	status := w.door.Rules()[1]
	if status.Name != "r" || status.Bypassed != 4 || status.Calls != 0 || status.LastDenial.Path != "/config/d" {
		t.Errorf("%+v", status)
	}
	var paths []string
	for _, d := range w.door.Denials() {
		if strings.HasPrefix(d.Reason, "bypassed: ") && d.Validator == "r" {
			paths = append(paths, d.Path)
		}
	}
	if got := strings.Join(paths, " "); got != "/config/a /config/b /config/c /config/d" {
		t.Errorf("denials of %s", got)
	}
	if lines := strings.Count(log.String(), "validator bypassed by super"); lines != 4 {
		t.Errorf("%d lines of log", lines)
	}
}
