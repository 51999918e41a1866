package nats_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/sdk"
)

// BenchmarkChangeToSubscriber is one change after the other, each heard before the next is made: the time is that of a
// write and of its way to a subscriber; "heard-ms" is the latter alone, from the reply to the writer.
func BenchmarkChangeToSubscriber(b *testing.B) {
	for _, stream := range []bool{true, false} {
		b.Run(map[bool]string{true: "jetstream", false: "plain"}[stream], func(b *testing.B) {
			node, ns := openNode(b, feed.Limits{}), startServer(b, nil)
			sub, err := connect(b, ns.ClientURL()).SubscribeSync("grove.changed.>")
			if err != nil {
				b.Fatal(err)
			}
			a := start(b, node, grants, map[string]any{"url": ns.ClientURL(), "jetstream": stream})
			await(b, "adapter publishes", a.publishes)
			w := openWriter(b, node)
			w.create("/a", "")
			var heardAfter time.Duration
			for b.Loop() {
				w.do(sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: make([]byte, 200)})
				written := time.Now()
				heard(b, sub)
				heardAfter += time.Since(written)
			}
			b.ReportMetric(heardAfter.Seconds()*1000/float64(b.N), "heard-ms")
			a.stop()
		})
	}
}

// BenchmarkCatchUp is an adapter that has a backlog: changes in multis of a hundred, published to a stream.
func BenchmarkCatchUp(b *testing.B) {
	node, ns := openNode(b, feed.Limits{}), startServer(b, nil)
	w := openWriter(b, node)
	w.create("/a", "")
	const most = 20_000
	op := sdk.Op{Kind: sdk.OpMulti}
	for range 100 {
		op.Ops = append(op.Ops, sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: make([]byte, 200), Version: sdk.AnyVersion})
	}
	for range most / len(op.Ops) {
		w.do(op)
	}
	js, err := jetstream.New(connect(b, ns.ClientURL()))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		a := start(b, node, grants, map[string]any{"url": ns.ClientURL()})
		await(b, "all is stored", func() bool {
			s, err := js.Stream(b.Context(), "GROVE")
			return err == nil && s.CachedInfo().State.Msgs > most
		})
		a.stop()
		if err := js.DeleteStream(b.Context(), "GROVE"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(most*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
