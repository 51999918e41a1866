package replica

import "github.com/hashicorp/raft"

// growth is how much log there is since the last snapshot: what a restart has to apply again. Raft counts entries; ours
// are packed, and eight thousand of them can be a few kilobytes or some gigabytes. The goroutine that applies owns all but
// the channel.
type growth struct {
	limit, bytes int
	entries      uint64
	due          chan uint64 // the entries that hold limit bytes, once for each snapshot; holds one
	told         bool
}

func newGrowth(limit int) growth { return growth{limit: limit, due: make(chan uint64, 1)} }

// begin counts from here.
func (g *growth) begin() { g.bytes, g.entries, g.told = 0, 0, false }

func (g *growth) add(size int) {
	g.bytes, g.entries = g.bytes+size, g.entries+1
	if g.bytes < g.limit || g.told {
		return
	}
	g.told = true
	select {
	case g.due <- g.entries:
	default: // one is being made
	}
}

// keepShort makes a snapshot whenever the log has grown by its limit, and leaves about as much log behind it. It ends
// when the log is closed.
func (l *Log) keepShort() {
	for {
		select {
		case <-l.wheel.ended.Done():
			return
		case entries := <-l.fsm.growth.due:
			err := l.tune(func(raft *raft.ReloadableConfig) { raft.TrailingLogs = min(entries, l.cfg.TrailingLogs) })
			if err != nil {
				l.logger.Warn("log is kept longer than it should", "error", err)
			}
			if err := l.Snapshot(); err != nil && l.wheel.ended.Err() == nil {
				l.logger.Warn("log grows", "error", err)
			}
		}
	}
}
