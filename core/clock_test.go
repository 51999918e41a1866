package core

import (
	"testing"
	"time"

	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// A leader whose clock jumps by a day, forward and then back, ends no session, and the times of nodes never go back:
// sessions are timed by what was heard, and the state keeps the latest time it was told.
func TestClockMayJump(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	c := openClient(t, n, sdk.Login{})
	c.must(sdk.Op{Kind: sdk.OpCreate, Path: "/held", Mode: sdk.ModeEphemeral, ACL: sdk.OpenACL()})
	jump := func(by time.Duration) { // an entry that changes nothing but tells the time
		record := txn.Append(nil, &txn.Txn{Kind: txn.Sweep, Op: sdk.Op{Path: "/none"}})
		machine{n}.Apply([]replica.Entry{{Time: time.Now().Add(by).UnixMilli(), Records: [][]byte{record}}})
		n.expire()
	}
	var last int64
	for i, by := range []time.Duration{24 * time.Hour, -24 * time.Hour, 0} {
		jump(by)
		m := c.must(sdk.Op{Kind: sdk.OpSetData, Path: "/held", Version: int32(i)})
		if m.Result.Stat.Mtime < last {
			t.Errorf("after a jump of %v the time of a node went back by %v", by, time.Duration(last-m.Result.Stat.Mtime)*time.Millisecond)
		}
		last = m.Result.Stat.Mtime
	}
	if s, _ := n.Status(t.Context()); s.Sessions != 1 || s.Ephemerals != 1 {
		t.Errorf("%d sessions, %d ephemerals", s.Sessions, s.Ephemerals)
	}
}
