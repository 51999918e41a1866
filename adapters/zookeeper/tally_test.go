package zookeeper

import (
	"fmt"
	"testing"
	"time"
)

// TestCookie: what is put in comes out, also where the clock comes round.
func TestCookie(t *testing.T) {
	for _, xid := range []int32{0, 1, -1, -8, 1<<31 - 1, -1 << 31} {
		for _, flags := range []uint64{0, cookieLast, cookieSASL, cookieLast | cookieSASL} {
			for _, clock := range []uint64{0, 1, cookieClock - 1, cookieClock, cookieClock + 1, 1<<63 + 5} {
				c := cookie(xid, flags, clock)
				if int32(uint32(c)) != xid || c&(cookieLast|cookieSASL) != flags || since(c, clock+7) != 7*time.Microsecond {
					t.Errorf("%d, %#x at %d: %#x, %v", xid, flags, clock, c, since(c, clock+7))
				}
			}
		}
	}
}

func TestTally(t *testing.T) {
	var one, other, sum tally
	one.reply(3 * time.Millisecond)
	one.reply(time.Millisecond)
	other.reply(8 * time.Millisecond)
	for _, part := range []*tally{{received: 1}, &one, &other, {sent: 2}} {
		sum.add(part)
	}
	want := tally{received: 1, sent: 2, replies: 3, took: 12 * time.Millisecond, least: time.Millisecond, most: 8 * time.Millisecond}
	if sum != want || sum.mean() != 4 || sum.longest() != 8 {
		t.Errorf("got %+v, mean %v, longest %d", sum, sum.mean(), sum.longest())
	}
	sum.reply(8*time.Millisecond + 1)
	if sum.longest() != 9 {
		t.Errorf("longest %d", sum.longest())
	}
}

func TestDecimal(t *testing.T) {
	for v, want := range map[float64]string{0: "0.0", 1.25: "1.25", 10: "10.0", 0.33333: "0.3333"} {
		if got := decimal(v); got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
}

// TestComplaints: one a second for each address, and no memory beyond a bound.
func TestComplaints(t *testing.T) {
	var c complaints
	now := time.Now()
	for _, step := range []struct {
		address string
		after   time.Duration
		allowed bool
	}{{"a", 0, true}, {"a", 999 * time.Millisecond, false}, {"b", 999 * time.Millisecond, true}, {"a", time.Second, true}} {
		if got := c.allow(step.address, now.Add(step.after)); got != step.allowed {
			t.Errorf("%s after %v: %t", step.address, step.after, got)
		}
	}
	for i := range 2 * maxComplaints {
		c.allow(fmt.Sprint(i), now.Add(time.Second))
	}
	if len(c.last) != maxComplaints || c.allow("new", now.Add(time.Second)) || !c.allow("new", now.Add(2*time.Second)) {
		t.Errorf("%d addresses remembered", len(c.last))
	}
}
