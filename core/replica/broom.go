package replica

import (
	"log/slog"
	"sync"

	"github.com/hashicorp/raft-wal/types"
)

// broom is a file system that deletes files beside the one who asks. raft-wal has whoever appends wait for the deletion of
// all files that a snapshot has made needless, and a file system can take 20 ms to give one of 64 MB back. Nobody depends on
// when they go: no name comes again, and raft-wal deletes what it does not know of when it is opened.
type broom struct {
	types.VFS
	logger *slog.Logger
	going  sync.WaitGroup
	one    sync.Mutex // held while one file goes
}

// Delete implements types.VFS. It returns at once, and never fails.
func (b *broom) Delete(dir, name string) error {
	b.going.Go(func() {
		b.one.Lock()
		defer b.one.Unlock()
		if err := b.VFS.Delete(dir, name); err != nil {
			b.logger.Warn("a file that the log no longer needs stays until the next start", "file", name, "error", err)
		}
	})
	return nil
}

// wait returns when every file has gone.
func (b *broom) wait() { b.going.Wait() }
