package admit_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

// What a load is: sessions, and writes that each has on its way.
const (
	writers = 16
	window  = 64
)

// summing goes over the request byte by byte.
var summing = Guest(Code(0x03, 0x40,
	0x20, 3, I64(31), 0x7e, 0x20, 0, 0x31, 0, 0, 0x7c, 0x21, 3,
	0x20, 0, I32(1), 0x6a, 0x21, 0,
	0x20, 1, I32(1), 0x6b, 0x22, 1, 0x0d, 0, 0x0b,
	I64(0)))

// BenchmarkWholeServer writes to a node alone, on disk, with as many rules that judge every write. Compare rounds of one
// run: -count 5.
func BenchmarkWholeServer(b *testing.B) {
	guests := map[string][]byte{"wat": summing.Encode(), "go": Build(b, "github.com/grove-coordination/grove/examples/validators/typed")}
	for _, test := range []struct {
		guest string
		rules int
	}{{"wat", 0}, {"wat", 1}, {"wat", 8}, {"go", 1}, {"go", 8}} {
		b.Run(fmt.Sprintf("%s-%d", test.guest, test.rules), func(b *testing.B) {
			n := server(b)
			c := connect(b, n)
			var names []string
			for i := range test.rules {
				names = append(names, fmt.Sprint("rule", i))
			}
			c.put("/load", nil)
			if len(names) > 0 {
				c.arm(guests[test.guest], "", names...)
			}
			for _, name := range names { // each of them judges what is written
				path := "/grove/validators/" + name
				c.put(path, []byte(strings.Replace(c.data(path), "/"+name+"/**", "/load/**", 1)))
			}
			for i := range writers {
				c.put(fmt.Sprint("/load/", i), []byte("{}"))
			}
			b.ResetTimer()
			pour(b, n)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
		})
	}
}

func (c client) data(path string) string {
	op := sdk.Op{Kind: sdk.OpGetData, Path: path}
	dst := make([]sdk.Message, 1)
	if err := c.Submit(context.Background(), 1, &op); err != nil {
		c.Fatal(err)
	}
	if _, err := c.Next(context.Background(), dst); err != nil || dst[0].Code != sdk.OK {
		c.Fatal(err, dst[0].Code)
	}
	return string(dst[0].Result.Data)
}

// pour has all writers write, together as often as the benchmark says.
func pour(b *testing.B, n *core.Node) {
	var group sync.WaitGroup
	for i := range writers {
		c := connect(b, n)
		defer c.Close()
		slots := make(chan struct{}, window)
		share := b.N/writers + 1
		op := write(fmt.Sprint("/load/", i), `{"name": "billing", "port": 8080, "hosts": ["10.0.0.1", "10.0.0.2"], "weight": 0.5, "enabled": true}`)
		group.Go(func() { submit(c, op, share, slots) })
		group.Go(func() { receive(c, share, slots) })
	}
	group.Wait()
}

func submit(c client, op *sdk.Op, times int, slots chan<- struct{}) {
	for range times {
		slots <- struct{}{}
		if err := c.Submit(context.Background(), 1, op); err != nil {
			c.Error(err)
			return
		}
	}
}

func receive(c client, times int, slots <-chan struct{}) {
	dst := make([]sdk.Message, window)
	for times > 0 {
		n, err := c.Next(context.Background(), dst)
		if err != nil {
			c.Error(err)
			return
		}
		for i := range dst[:n] {
			if dst[i].Code != sdk.OK {
				c.Error(dst[i].Code)
			}
			<-slots
		}
		times -= n
	}
}
