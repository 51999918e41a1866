package admit_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/wasm"
	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

// machine is a world whose modules are WebAssembly, run as in a server.
func machine(t testing.TB, cache string) *world {
	t.Helper()
	engine, err := wasm.New(wasm.Config{Logger: slog.New(slog.DiscardHandler), CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld()
	w.door = admit.New(admit.Config{Engine: engine, Nodes: w, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		w.door.Close()
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// load is what a process holds.
type load struct {
	heap, goroutines, maps, files int
	instances                     int
}

func weigh(t *testing.T, w *world, cache string) (l load) {
	t.Helper()
	var stats runtime.MemStats
	for range 3 { // finalizers free machine code, and need a round of their own
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	maps, _ := os.ReadFile("/proc/self/maps") // elsewhere there is nothing to count
	files, err := filepath.Glob(filepath.Join(cache, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range w.door.Rules() {
		l.instances += status.Instances
	}
	l.heap, l.goroutines, l.maps, l.files = int(stats.HeapAlloc), runtime.NumGoroutine(), strings.Count(string(maps), "\n"), len(files)
	return l
}

// TestUpgradesLeaveNothing upgrades a rule a thousand times, in its long form ten thousand: what the process holds after
// all of them is what it held after a tenth.
func TestUpgradesLeaveNothing(t *testing.T) {
	cache := t.TempDir()
	w := machine(t, cache)
	upgrades := 1000
	if os.Getenv("GROVE_LONG") != "" {
		upgrades = 10_000
	}
	upgrade := func(i int) {
		digest := w.stage(string(Guest(Code(I32(int32(i)), 0x1a, I64(0))).Encode()))
		if refusal := w.install("r", rule(digest, "")); refusal != nil {
			t.Fatal(refusal)
		}
		if _, refusal := w.judge(set("/config/a", "x")); refusal != nil {
			t.Fatal(refusal)
		}
		clear(w.nodes)
	}
	for i := range upgrades / 10 {
		upgrade(i)
	}
	before := weigh(t, w, cache)
	for i := range upgrades - upgrades/10 {
		upgrade(upgrades + i)
	}
	after := weigh(t, w, cache)
	t.Logf("after %d: %+v, after %d: %+v", upgrades/10, before, upgrades, after)
	const slack = 3 // times as much, and a little, where what is held goes up and down
	if after.heap > slack*before.heap+1<<20 || after.goroutines > before.goroutines+slack || after.maps > before.maps+50 ||
		after.instances != before.instances || after.files > 256 {
		t.Error("it grows")
	}
}

// TestTrapsHurtNobody has a module trap on some writes, while others are judged by rules of their own.
func TestTrapsHurtNobody(t *testing.T) {
	w := machine(t, t.TempDir())
	// Divides by the lowest bit of the data's last byte, which stands five bytes before the end of the request.
	trapping := Guest(Code(I32(1), 0x20, 0, 0x20, 1, 0x6a, I32(5), 0x6b, 0x2d, 0, 0, I32(1), 0x71, 0x6d, 0x1a, I64(0)))
	w.install("traps", `{"module":"`+w.stage(string(trapping.Encode()))+`","paths":["/traps/**"]}`)
	w.install("sound", rule(w.stage(string(Guest(I64(0)).Encode())), ""))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 500 {
				if verdict := w.door.Judge(context.Background(), 7, nil, set("/config/a", "x")); verdict.Refusal != nil {
					t.Errorf("a sound one refuses: %v", verdict.Refusal)
				}
			}
		})
	}
	for i := range 200 {
		w.door.Judge(context.Background(), 7, nil, set("/traps/a", string([]byte{byte(i)})))
	}
	group.Wait()
	for _, status := range w.door.Rules() {
		if status.Name == "sound" && (status.Failed != 0 || status.Calls != 2000) {
			t.Errorf("%+v", status)
		}
		if status.Name == "traps" && (status.Failed < 16 || status.Quarantined == 0 || !strings.Contains(status.LastFault, "divide by zero")) {
			t.Errorf("%+v", status)
		}
		if status.Instances > runtime.GOMAXPROCS(0) || status.Memory > uint64(status.Instances)<<20 {
			t.Errorf("%s: %d instances, %d bytes", status.Name, status.Instances, status.Memory)
		}
	}
}
