package replica

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"syscall"
	"time"
)

// space is the room that is left on the disk of the log. A log that cannot make its next file ends the node, so it is
// told before: below the threshold whoever may refuse writes refuses those that grow the state, and what is left is for
// those that make it smaller, and for the snapshot after which the log lets go of its old files.
type space struct {
	dir    string
	enough uint64 // bytes; below that it is low
	look   func(dir string) (free uint64, err error)
	logger *slog.Logger

	free atomic.Uint64
	low  atomic.Bool
}

const spaceTime = 5 * time.Second // between two looks

// lowSpace is the threshold by default: room for two files of the log and one that is being written, or 512 MiB.
func lowSpace(segment int) uint64 { return max(512<<20, 2*uint64(segment)) }

// measure looks, and tells when the threshold was crossed. A look that fails leaves things as they are.
func (s *space) measure() error {
	free, err := s.look(s.dir)
	if err != nil {
		return fmt.Errorf("space in %s: %w", s.dir, err)
	}
	s.free.Store(free)
	switch low := free < s.enough; {
	case low && !s.low.Swap(true):
		s.logger.Warn("disk space is short: make room, or delete nodes", "folder", s.dir, "free", free, "enough", s.enough)
	case !low && s.low.Swap(false):
		s.logger.Info("disk space is enough again", "folder", s.dir, "free", free)
	}
	return nil
}

// watchSpace looks, and calls looked each time. It ends when the log is closed.
func (l *Log) watchSpace(looked func()) {
	ticks := time.NewTicker(spaceTime)
	defer ticks.Stop()
	for {
		select {
		case <-l.wheel.ended.Done():
			return
		case <-ticks.C:
			if err := l.space.measure(); err != nil && l.bridge.said.news("space", time.Now()) {
				l.logger.Warn("nobody watches the disk", "error", err)
			}
			looked()
		}
	}
}

// Low reports whether the disk of this node is short of space, Config.LowSpace, or that of any member with a vote, as far
// as the leader knew some seconds ago. Cheap; any goroutine.
func (l *Log) Low() bool { return l.space.low.Load() || l.shortage.somewhere.Load() }

// freeBytes are those that this process may still use on the disk of dir.
func freeBytes(dir string) (uint64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, err
	}
	return uint64(disk.Bavail) * uint64(disk.Bsize), nil
}
