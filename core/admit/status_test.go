package admit_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

func TestQuarantine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault := errors.New("trapped")
		calls := 0
		w := looking(t, "", func(sdk.Write) error { calls++; return fault })
		judge := func(times int) (ran int, reason string) {
			calls = 0
			for range times {
				if verdict := w.verdict(set("/config/a", "x")); verdict.Refusal != nil {
					reason = verdict.Refusal.Reason
				}
			}
			return calls, reason
		}
		expect := func(when string, times, want int) {
			t.Helper()
			if ran, _ := judge(times); ran != want {
				t.Errorf("%s: ran %d of %d times, want %d", when, ran, times, want)
			}
		}
		for range 5 { // failing now and then is not enough
			expect("now and then", 10, 10)
			time.Sleep(11 * time.Second)
		}
		expect("at first", 20, 16)
		ran, reason := judge(3)
		if ran != 0 || !strings.Contains(reason, "quarantined until") || !strings.Contains(reason, "trapped") {
			t.Errorf("ran %d times: %s", ran, reason)
		}
		if status := w.door.Rules()[0]; status.Quarantined == 0 || status.LastFault != "trapped" || status.Failed != 73 {
			t.Errorf("%+v", status)
		}
		w.rules["other"] = []byte(rule(w.stage("no-bad"), `,"mode":"off"`))
		w.update()
		expect("another rule comes", 1, 0)
		time.Sleep(31 * time.Second)
		expect("after its rest", 5, 1)
		time.Sleep(31 * time.Second)
		expect("the second rest is longer", 1, 0)
		time.Sleep(30 * time.Second)
		fault = nil
		expect("well again", 5, 5)
		if status := w.door.Rules()[0]; status.Quarantined != 0 {
			t.Errorf("%+v", status)
		}
		fault = errors.New("trapped")
		expect("as at first", 20, 16)
		w.rules["r"] = []byte(rule(w.stage("looks"), `,"order":1`))
		w.update()
		expect("the rule has changed", 3, 3)
		w.rules["r"] = []byte(rule(w.stage("looks"), `,"order":1,"on_error":"allow"`))
		w.update()
		judge(20)
		if verdict := w.verdict(set("/config/a", "x")); verdict.Refusal != nil {
			t.Errorf("on_error allow: %v", verdict.Refusal)
		}
	})
}

func TestTimeIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := looking(t, "", func(write sdk.Write) error {
			time.Sleep(time.Duration(len(write.Ops[0].Data)) * time.Millisecond)
			return nil
		})
		w.verdict(set("/config/a", "xxx"))
		w.verdict(set("/config/a", "x"))
		w.update() // the counts go on
		if status := w.door.Rules()[0]; status.Nanos != 4e6 || status.MaxNanos != 3e6 || status.Calls != 2 {
			t.Errorf("%+v", status)
		}
	})
}

// A refusal is counted under its code, and the last one is told; both go on when the rule changes.
func TestDenialsAreToldByCode(t *testing.T) {
	code := sdk.CodeBadArguments
	w := looking(t, "", func(write sdk.Write) error { return &sdk.Rejection{Code: code, Reason: "no"} })
	w.verdict(set("/config/a", "x"))
	code = sdk.CodeNoAuth
	w.verdict(set("/config/b", "x"))
	w.verdict(set("/config/c", "x"))
	w.rules["r"] = []byte(rule(w.stage("looks"), `,"mode":"audit"`))
	w.update()
	w.verdict(set("/config/d", "x"))
	status := w.door.Rules()[0]
	if status.Denied != 3 || status.Codes["bad arguments"] != 1 || status.Codes["not authorized"] != 2 || status.Audited != 1 || status.Version != w.at {
		t.Errorf("%+v", status)
	}
	if last := status.LastDenial; last.Path != "/config/d" || last.Reason != "audit: no" {
		t.Errorf("last %+v", last)
	}
}

func TestHistograms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := looking(t, "", func(write sdk.Write) error {
			time.Sleep(time.Duration(len(write.Ops[0].Data)) * 250 * time.Nanosecond)
			return nil
		})
		for _, size := range []int{0, 4, 5, 16, 17, 10_000_000} {
			w.verdict(set("/config/a", strings.Repeat("x", size)))
		}
		w.update() // the counts go on
		status := w.door.Rules()[0]
		counts, bounds := status.Times.Counts, status.Times.Bounds
		if len(counts) != 10 || len(bounds) != 9 || bounds[0] != 1000 || bounds[8] != 65_536_000 {
			t.Fatalf("%+v", status.Times)
		}
		if counts[0] != 2 || counts[1] != 2 || counts[2] != 1 || counts[9] != 1 {
			t.Errorf("counts %v", counts)
		}
		if fuels := status.Fuels.Counts; slices.Max(fuels) != 0 {
			t.Errorf("fuel of a validator that has none: %v", fuels)
		}
	})
}
