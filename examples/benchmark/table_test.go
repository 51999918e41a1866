package main

import (
	"context"
	"math"
	"strings"
	"testing"
)

func TestSpread(t *testing.T) {
	for want, numbers := range map[string][]float64{
		"–": nil, "7": {7}, "2 (1..3)": {3, 1, 2}, "2.5 (1..4)": {4, 1, 3, 2}, "1,234,567": {1234567}, "0.0123": {0.01234},
	} {
		if got := spreadOf(numbers).String(); got != want {
			t.Errorf("%v is %q, want %q", numbers, got, want)
		}
	}
}

// A ratio is that of numbers of one round, and a goal is reached or missed by the median of the ratios.
func TestGoals(t *testing.T) {
	o := newOutcome(task{}, 1)
	for round := range 3 {
		o.add("grove", map[string]float64{rate: float64(100 * (round + 1)), p99: 2, bytes: 100})
		o.add("zookeeper", map[string]float64{rate: 10, p99: 4, bytes: 900})
	}
	if s := o.ratios("grove", "zookeeper", rate); s != (spread{10, 20, 30}) {
		t.Errorf("ratios %v", s)
	}
	if s := o.ratios("grove", "etcd", rate); !math.IsNaN(s.median) {
		t.Errorf("ratios to nothing: %v", s)
	}
	for _, test := range []struct {
		goal goal
		met  bool
	}{
		{goal{1, rate, 20, 0}, true}, {goal{1, rate, 21, 0}, false},
		{goal{3, p99, 0.5, 0}, true}, {goal{3, p99, 0.4, 0}, false},
		{goal{9, bytes, 0, 100}, true}, {goal{9, bytes, 0, 99}, false},
	} {
		if met, known := o.met(test.goal); met != test.met || !known {
			t.Errorf("%+v: met %v, known %v", test.goal, met, known)
		}
	}
	if _, known := o.met(goal{16, wait, 0, 1}); known {
		t.Error("a goal for what was not measured is reached or missed")
	}
	o.task = task{name: "writes", goals: []goal{{3, rate, 21, 0}, {9, bytes, 0, 100}}}
	o.failures["zookeeper"] = 2
	var text strings.Builder
	if err := print(&text, []*outcome{o}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 1 | writes | a second | 200 (100..300) | 10 | – | 20 (10..30) | – | 3: 21×, **missed** |\n",
		"| 1 | writes | MB resident | 100 | 900 | – | 0.111 | – | 9: at most 100, met |\n",
		"\nwrites, 1 servers: zookeeper failed in 2 rounds.\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no line %q in\n%s", want, text.String())
		}
	}
}

func TestReported(t *testing.T) {
	m, err := reported([]byte(`{"per_second":1000.5,"latency_us":{"p50":1500,"p99":2500},"errors":{}}`))
	if err != nil || m.rate != 1000.5 || millis(m.p50) != 1.5 || millis(m.p99) != 2.5 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := reported([]byte(`{"per_second":1,"errors":{"connection lost":3}}`)); err == nil {
		t.Error("operations that failed are taken for good ones")
	}
}

// A disk takes some time, and what is measured beside it knows how much.
func TestBesideDisk(t *testing.T) {
	beside := besideDisk(task{measure: func(context.Context, *cluster) (map[string]float64, error) {
		return map[string]float64{p50: 3}, nil
	}})
	numbers, err := beside.measure(t.Context(), &cluster{servers: []*server{{dir: t.TempDir()}}})
	if err != nil || numbers[disk] <= 0 || numbers[inSyncs] != 3/numbers[disk] {
		t.Errorf("%v, %v", numbers, err)
	}
}
