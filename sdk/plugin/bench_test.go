//go:build unix

package plugin_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk/plugin"
)

// BenchmarkPlugin is what it costs a frontend to be in a process of its own, measured there, against a real core here:
// a round trip, operations as fast as the border takes them, and from a write to its change in a follower.
func BenchmarkPlugin(b *testing.B) {
	for _, what := range []string{"ping", "pings", "gets", "sets", "follow"} {
		b.Run(what, func(b *testing.B) {
			node := openNode(b)
			path, err := os.Executable()
			if err != nil {
				b.Fatal(err)
			}
			client := plugin.New(plugin.Command{Name: what, Path: path, Args: []string{"benched", what, fmt.Sprint(b.N)}})
			ctx, stop := context.WithCancel(b.Context())
			served := make(chan error, 1)
			go func() { served <- client.Serve(ctx, node) }()
			var took string
			await(b, func() bool { took, err = client.Ready(); return err == nil })
			stop()
			if err := <-served; err != nil {
				b.Fatal(err)
			}
			nanos, err := strconv.ParseInt(took, 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(nanos)/float64(b.N), "ns/op")
			b.ReportMetric(float64(b.N)/time.Duration(nanos).Seconds(), "ops/s")
		})
	}
}
