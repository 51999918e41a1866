package plugin

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

func TestUnusedKnowsTheOldest(t *testing.T) {
	var u unused
	at := func(ms int64) []sdk.Transaction { return []sdk.Transaction{{Time: ms}, {Time: ms + 1}} }
	see := func(want int64) {
		t.Helper()
		if got := u.oldest(); got != want {
			t.Errorf("oldest %d, want %d", got, want)
		}
	}
	see(0)
	u.add(100, at(10))
	u.add(50, at(20))
	u.credit(99)
	see(10)
	u.credit(1)
	see(20)
	u.credit(1 << 30) // more than was sent
	see(0)
	u.add(10, at(30))
	u.credit(1) // what was given too much before counts for nothing
	see(30)
	for i := range int64(2 * maxUnused) {
		u.add(10, at(40+i))
	}
	if len(u.frames) != maxUnused {
		t.Errorf("%d frames remembered", len(u.frames))
	}
	u.credit(10*(2*maxUnused+1) - 1)
	see(0)
}

// A plugin that does not use what its feed sent lags by the age of the oldest of it.
func TestLagIsTheAgeOfWhatIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{}
		written := time.Now()
		core.feedFrom = func(int64) (sdk.Feed, error) {
			return &listFeed{core: core, list: []sdk.Transaction{{Zxid: 1, Time: written.UnixMilli(), Changes: []sdk.Change{{Path: "/a"}}}}}, nil
		}
		host, cut, b := connectBorder(t, core)
		feed, err := host.Follow(t.Context(), sdk.Following{})
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(3 * time.Second)
		synctest.Wait()
		if got := b.lag(time.Now()); got != 3*time.Second {
			t.Errorf("lag %v after three seconds", got)
		}
		collect(t, 1, feed.Next)
		synctest.Wait()
		if got := b.lag(time.Now()); got != 0 {
			t.Errorf("lag %v of one who has used everything", got)
		}
		if n := b.traffic.transactions.Load(); n != 1 || b.traffic.feeds.Load() != 1 || b.traffic.sent.Load() == 0 || b.traffic.received.Load() == 0 {
			t.Errorf("%d transactions, %d feeds, %d bytes sent, %d received", n, b.traffic.feeds.Load(), b.traffic.sent.Load(), b.traffic.received.Load())
		}
		_ = cut()
		if open := b.traffic.feeds.Load(); open != 0 {
			t.Errorf("%d feeds after the end", open)
		}
	})
}
