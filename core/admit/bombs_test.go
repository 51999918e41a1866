package admit_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/wasm"
	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

// server opens a node alone that runs modules.
func server(t testing.TB) *core.Node {
	t.Helper()
	engine, err := wasm.New(wasm.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n, err := core.Open(core.Config{ID: "n1", Dir: t.TempDir(), PeerListener: listener, Engine: engine})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeAll(t, n, engine) })
	return n
}

func closeAll(t testing.TB, list ...io.Closer) {
	for _, c := range list {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// client is a session that waits for each answer.
type client struct {
	testing.TB
	sdk.Session
}

func connect(t testing.TB, n *core.Node) client {
	t.Helper()
	for {
		s, err := n.Open(t.Context(), sdk.Login{Timeout: 40 * time.Second})
		if err == nil {
			return client{t, s}
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
		runtime.Gosched() // it has no leader yet
	}
}

func (c client) ask(op *sdk.Op) sdk.Code {
	if err := c.Submit(context.Background(), 1, op); err != nil {
		c.Error(err)
		return sdk.CodeConnectionLoss
	}
	dst := make([]sdk.Message, 1)
	if _, err := c.Next(context.Background(), dst); err != nil {
		c.Error(err)
		return sdk.CodeConnectionLoss
	}
	return dst[0].Code
}

func create(path string, data []byte) *sdk.Op {
	return &sdk.Op{Kind: sdk.OpCreate, Path: path, Data: data, ACL: sdk.OpenACL()}
}

func write(path, data string) *sdk.Op {
	return &sdk.Op{Kind: sdk.OpSetData, Path: path, Data: []byte(data), Version: sdk.AnyVersion}
}

// put makes a node, or sets it.
func (c client) put(path string, data []byte) {
	c.Helper()
	code := c.ask(create(path, data))
	if code == sdk.CodeNodeExists {
		code = c.ask(write(path, string(data)))
	}
	if code != sdk.OK {
		c.Fatalf("%s: %v", path, code)
	}
}

// arm puts a module into force under rules of the names given, each for the folder of its name.
func (c client) arm(module []byte, more string, names ...string) {
	c.Helper()
	sum := sha256.Sum256(module)
	digest := hex.EncodeToString(sum[:])
	for _, path := range []string{admit.Root, admit.RulesRoot, admit.ModuleRoot} {
		c.put(path, nil)
	}
	path := sdk.JoinPath(admit.ModuleRoot, digest)
	c.put(path, fmt.Appendf(nil, `{"size":%d,"chunks":%d}`, len(module), (len(module)+1<<18-1)>>18))
	i := 0
	for chunk := range slices.Chunk(module, 1<<18) {
		c.put(fmt.Sprintf("%s/%04d", path, i), chunk)
		i++
	}
	for _, name := range names {
		c.put(sdk.JoinPath(admit.RulesRoot, name), fmt.Appendf(nil, `{"module":%q,"paths":["/%s/**"]%s}`, digest, name, more))
	}
}

// TestBombsHoldUpNobody has one client set off bombs, one after the other, while another writes and garbage is collected.
// If a bomb held up the others, the writes or the collection would not come to an end.
func TestBombsHoldUpNobody(t *testing.T) {
	n := server(t)
	armourer, prober, bomber := connect(t, n), connect(t, n), connect(t, n)
	armourer.put("/probe", nil)
	var names []string
	for i := range 8 { // each has its own quarantine, after 16 faults
		names = append(names, fmt.Sprint("bomb", i))
	}
	for _, bomb := range Bombs {
		t.Run(bomb.Name, func(t *testing.T) {
			armourer.arm(BombGuest(bomb).Encode(), "", names...)
			var gone atomic.Int64 // bombs that went off
			over, ended := make(chan struct{}), make(chan struct{})
			go func() { // ends when the prober is done
				defer close(ended)
				for i := 0; i < 15*len(names); i++ {
					if code := bomber.ask(create("/"+names[i%len(names)]+"/x", nil)); code != sdk.CodeBadArguments {
						t.Errorf("bomb %d: %v", i, code)
					}
					gone.Add(1)
					select {
					case <-over:
						return
					default:
					}
				}
			}()
			const probes = 30
			for i := range probes {
				if code := prober.ask(write("/probe", fmt.Sprint(i))); code != sdk.OK {
					t.Errorf("probe %d: %v", i, code)
				}
			}
			runtime.GC()
			before := gone.Load()
			close(over)
			<-ended
			if gone.Load() == 0 {
				t.Error("no bomb went off")
			}
			t.Logf("%d bombs beside %d probes", before, probes)
		})
	}
	for _, status := range n.Rules() {
		if status.Failed != status.Calls {
			t.Errorf("%+v", status)
		}
	}
}

// BenchmarkBesideBombs tells how long one client's writes take, by themselves and while another sets off bombs.
func BenchmarkBesideBombs(b *testing.B) {
	n := server(b)
	armourer, prober, bomber := connect(b, n), connect(b, n), connect(b, n)
	armourer.put("/probe", nil)
	b.Run("quiet", func(b *testing.B) { probe(b, prober) })
	for _, bomb := range Bombs {
		b.Run(strings.ReplaceAll(bomb.Name, " ", "-"), func(b *testing.B) {
			over, ended := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(ended)
				for i := 0; ; i++ {
					select {
					case <-over:
						return
					default:
					}
					if i%12 == 0 { // a change of the rule ends its quarantine before it begins
						armourer.arm(BombGuest(bomb).Encode(), fmt.Sprintf(`,"order":%d`, i%7), "bomb")
					}
					bomber.ask(create("/bomb/x", nil))
				}
			}()
			probe(b, prober)
			close(over)
			<-ended
		})
	}
}

func probe(b *testing.B, prober client) {
	took := make([]time.Duration, 0, b.N)
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		if code := prober.ask(write("/probe", fmt.Sprint(i))); code != sdk.OK {
			b.Fatal(code)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
