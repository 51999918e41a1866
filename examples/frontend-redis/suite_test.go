package main_test

import (
	"testing"

	redis "github.com/grove-coordination/grove/examples/frontend-redis"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/sdktest"
)

func TestFrontendKeepsItsPromises(t *testing.T) {
	sdktest.TestFrontend(t, openCore(t), `{"listen": "127.0.0.1:0"}`, func() sdk.Frontend { return redis.New() })
}

// A subscriber whose feed ends, or falls behind, is disconnected: nothing is left out in silence. Who only asks and
// answers is served again at once.
func TestFaultsAreNotSilent(t *testing.T) {
	host := sdktest.NewFaults(openCore(t))
	address := start(t, host)
	subscriber := dial(t, address)
	subscriber.conversation([][2]string{{"SUBSCRIBE __keyspace@0__:a", `["subscribe" "__keyspace@0__:a" 1]`}})
	dial(t, address).conversation([][2]string{{"SET a 1", "OK"}})
	if got := subscriber.hear(); got != `["message" "__keyspace@0__:a" "set"]` {
		t.Fatalf("heard %s", got)
	}
	host.Compact(host.Counts().Given + 1)
	if _, err := subscriber.in.ReadByte(); err == nil {
		t.Error("a subscriber is served on after its feed was compacted")
	}
	host.ChangeLeader()()
	dial(t, address).conversation([][2]string{{"GET a", `"1"`}})
}
