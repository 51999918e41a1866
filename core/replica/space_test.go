package replica

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Crossing the threshold is told once each way, and seen in the status.
func TestSpace(t *testing.T) {
	var said bytes.Buffer
	var free uint64
	var broken error
	s := &space{dir: "d", enough: 100, look: func(string) (uint64, error) { return free, broken }, logger: slog.New(slog.NewTextHandler(&said, nil))}
	for _, step := range []struct {
		free  uint64
		err   error
		low   bool
		warns int
	}{{200, nil, false, 0}, {99, nil, true, 1}, {50, nil, true, 1}, {300, errDisk, true, 1}, {100, nil, false, 1}, {0, nil, true, 2}} {
		free, broken = step.free, step.err
		if err := s.measure(); !errors.Is(err, step.err) {
			t.Errorf("measure: %v", err)
		}
		if got := strings.Count(said.String(), "short"); s.low.Load() != step.low || got != step.warns {
			t.Errorf("%d free: low %v, %d warnings: %s", step.free, s.low.Load(), got, said.String())
		}
	}
}

func TestSpaceIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		l := &Log{wheel: newWheel(), logger: discard, bridge: newBridge(discard)}
		l.space = space{enough: 3, logger: discard, look: func(string) (uint64, error) { looks++; return uint64(looks), nil }}
		l.steering.Go(func() { l.watchSpace(func() {}) })
		for _, low := range []bool{true, true, false} {
			time.Sleep(spaceTime)
			synctest.Wait()
			if l.Low() != low {
				t.Errorf("after %d looks: low %v", looks, l.Low())
			}
		}
		l.wheel.stop()
		l.steering.Wait()
	})
}

func TestStatusTellsOfSpace(t *testing.T) {
	n := startCluster(t, 1, func(c *Config) { c.LowSpace = 1 << 62 })[0]
	if s := n.log.Status(); s.FreeBytes == 0 || !s.Low {
		t.Errorf("status %+v", s)
	}
}
