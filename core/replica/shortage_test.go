package replica

import (
	"testing"
	"time"
)

// look has all of a cluster look at their disks, and once more, so that those who were first hear of those who were last.
func (c cluster) look(t *testing.T, low bool) {
	t.Helper()
	c.roles(t)
	for range 2 {
		for _, n := range c {
			n.log.shareSpace()
		}
	}
	for _, n := range c {
		if got := n.log.Low(); got != low {
			t.Errorf("%s: low %v", n.cfg.ID, got)
		}
	}
}

// again starts a node again with another threshold.
func (n *node) again(t *testing.T, lowSpace uint64) {
	t.Helper()
	n.kill(t)
	n.cfg.LowSpace = lowSpace
	n.start(t)
}

// What is short on one node is short on all, whoever leads, until it is no more.
func TestSpaceIsShortForAll(t *testing.T) {
	c := startCluster(t, 3, func(c *Config) { c.LowSpace = 1 })
	c.look(t, false)
	leader, rest := c.roles(t)
	rest[0].again(t, 1<<62)
	c.look(t, true)
	if s := leader.log.Status(); s.Low {
		t.Error("the leader takes it for his own")
	}
	if err := leader.log.Close(); err != nil {
		t.Fatal(err)
	}
	rest.look(t, true)
	leader.start(t)
	c.look(t, true)
	rest[0].again(t, 1)
	c.look(t, false)
}

// Those count who have a vote, and said so lately.
func TestWhoseShortageCounts(t *testing.T) {
	var s shortage
	now := time.Now()
	members := []Standing{{Member: Member{ID: "n1"}}, {Member: Member{ID: "n2"}, Observer: true}}
	for _, step := range []struct {
		id           string
		short        bool
		after        time.Duration
		news, counts bool
	}{
		{"n1", false, 0, false, false},
		{"n2", true, 0, true, false},
		{"gone", true, 0, true, false},
		{"n1", true, 0, true, true},
		{"n1", true, forgetTime - 1, false, true},
		{"n1", true, forgetTime, false, false},
		{"n1", false, 0, true, false},
	} {
		news := s.hear(step.id, step.short, now)
		if got := s.any(members, now.Add(step.after)); got != step.counts || news != step.news {
			t.Errorf("%+v: news %v, counts %v", step, news, got)
		}
	}
}
