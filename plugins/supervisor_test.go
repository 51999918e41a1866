package plugins

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin"
)

var quiet = slog.New(slog.DiscardHandler)

// script is a frontend whose runs last as long as it says, and then fail; after the last it serves until ctx ends.
type script struct {
	lasts  []time.Duration
	starts []time.Time
	up     atomic.Bool
}

func (s *script) Name() string { return "script" }

func (s *script) Ready() (string, error) {
	if s.up.Load() {
		return "here", nil
	}
	return "", errors.New("not up")
}

func (s *script) Serve(ctx context.Context, _ sdk.Host) error {
	s.starts = append(s.starts, time.Now())
	if len(s.lasts) == 0 {
		s.up.Store(true)
		<-ctx.Done()
		s.up.Store(false)
		return nil
	}
	last := s.lasts[0]
	s.lasts = s.lasts[1:]
	<-time.After(last)
	return errors.New("crashed")
}

// watch runs a script under a supervisor inside a bubble and hands both to look.
func watch(t *testing.T, plugin *script, look func(s *Supervisor, stop func())) {
	synctest.Test(t, func(t *testing.T) {
		s := New(quiet, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.run(ctx, nil, []*supervised{{name: "script", frontend: plugin, log: quiet}})
		}()
		look(s, func() { cancel(); <-done })
		cancel()
		<-done
	})
}

// pauses are the times between the end of each run and the next start.
func (s *script) pauses(lasts []time.Duration) (out []time.Duration) {
	for i, last := range lasts {
		out = append(out, s.starts[i+1].Sub(s.starts[i])-last)
	}
	return out
}

func TestRestartBacksOff(t *testing.T) {
	lasts := make([]time.Duration, 11)
	lasts[10] = 2 * time.Minute // a long run starts over
	plugin := &script{lasts: slices.Clone(lasts)}
	watch(t, plugin, func(*Supervisor, func()) { <-time.After(10 * time.Minute) })
	const ms = time.Millisecond
	want := []time.Duration{
		100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 6400 * ms, 12800 * ms, 25600 * ms, 30 * time.Second, 100 * ms,
	}
	if got := plugin.pauses(lasts); !slices.Equal(got, want) {
		t.Errorf("pauses %v, want %v", got, want)
	}
}

func TestStatusTellsTheStory(t *testing.T) {
	plugin := &script{lasts: []time.Duration{time.Second, 0, 0, 0, 0}}
	watch(t, plugin, func(s *Supervisor, stop func()) {
		see := func(after time.Duration, want State) {
			t.Helper()
			<-time.After(after)
			synctest.Wait()
			want.Name = "script"
			if got := s.Status(); len(got) != 1 || got[0] != want {
				t.Errorf("status %+v, want %+v", got, want)
			}
		}
		see(0, State{State: Starting, LastError: "not up"})
		see(1050*time.Millisecond, State{State: Waiting, LastError: "crashed"})
		see(3500*time.Millisecond, State{State: Running, Where: "here", Restarts: 5, LastError: "crashed"})
		stop()
		see(0, State{State: Stopped, Restarts: 5, LastError: "crashed"})
	})
}

func TestCrashLoopIsSeenAndForgotten(t *testing.T) {
	plugin := &script{lasts: make([]time.Duration, 6)}
	watch(t, plugin, func(s *Supervisor, _ func()) {
		// The fifth end comes after 100+200+400+800 ms, the sixth 1.6 s later.
		for _, step := range []struct {
			after time.Duration
			want  string
		}{{1400 * time.Millisecond, Waiting}, {200 * time.Millisecond, CrashLoop}, {2 * time.Second, CrashLoop}, {4 * time.Second, Running}} {
			<-time.After(step.after)
			synctest.Wait()
			if got := s.Status()[0]; got.State != step.want {
				t.Errorf("%+v, want %s", got, step.want)
			}
		}
	})
}

func TestOldEndsAreNoCrashLoop(t *testing.T) {
	var r recent
	start := time.Now()
	for i := range 10 {
		r.add(start.Add(time.Duration(i) * 20 * time.Second))
		if r.loop(start.Add(time.Duration(i) * 20 * time.Second)) {
			t.Fatalf("loop after %d ends, one in 20 s", i+1)
		}
	}
}

// counting is a frontend that knows what it has done.
type counting struct{ *script }

func (counting) Usage() plugin.Usage {
	return plugin.Usage{Sessions: 4, Operations: 7, Sent: 9, Lag: 1500 * time.Millisecond}
}

func TestMetricsNameOneState(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	s := New(quiet, registry)
	s.plugins = []*supervised{{name: "a", frontend: &script{}, stopped: true}}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var in []string
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == "grove_plugin_state" && m.GetGauge().GetValue() == 1 {
				in = append(in, m.GetLabel()[1].GetValue())
			}
		}
	}
	if !slices.Equal(in, []string{Stopped}) {
		t.Errorf("states %v", in)
	}
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	s := New(quiet, registry)
	up := &script{}
	up.up.Store(true)
	s.plugins = []*supervised{
		{name: "a", frontend: counting{up}, running: true, restarts: 3},
		{name: "b", frontend: &script{}},
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		if family.GetName() == "grove_plugin_state" {
			continue
		}
		for _, m := range family.GetMetric() {
			got[family.GetName()+" "+m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	want := map[string]float64{
		"grove_plugin_up a": 1, "grove_plugin_restarts_total a": 3,
		"grove_plugin_up b": 0, "grove_plugin_restarts_total b": 0,
		"grove_plugin_sessions a": 4, "grove_plugin_feed_lag_seconds a": 1.5, "grove_plugin_operations_total a": 7,
		"grove_plugin_feeds a": 0, "grove_plugin_snapshots a": 0, "grove_plugin_messages_total a": 0,
		"grove_plugin_transactions_total a": 0, "grove_plugin_received_bytes_total a": 0, "grove_plugin_sent_bytes_total a": 9,
	}
	if !maps.Equal(got, want) {
		t.Errorf("metrics %v, want %v", got, want)
	}
}

func TestBadSpecsStartNothing(t *testing.T) {
	good := Spec{Name: "good", Command: "/bin/true"}
	for want, bad := range map[string]Spec{
		`frontend "": name`:             {Command: "/bin/true"},
		`frontend "good": name: is`:     good,
		`frontend "lines": command`:     {Name: "lines"},
		`frontend "lines": sha256 "12"`: {Name: "lines", Command: "x", SHA256: "12"},
		`must be 64 hexadecimal digits`: {Name: "lines", Command: "x", SHA256: strings.Repeat("x", 64)},
	} {
		s := New(quiet, nil)
		err := s.Run(t.Context(), nil, []Spec{good, bad})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", bad, err, want)
		}
		if len(s.Status()) != 0 {
			t.Errorf("%+v: something was started", bad)
		}
	}
}
