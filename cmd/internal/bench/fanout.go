package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// A fanOut is one session that writes a node, again and again, and others that watch it. It writes when all have
// their watch. An operation is one event that one of them gets; its time is that since the write.
type fanOut struct {
	run     *run
	watched string
	written atomic.Int64 // when, nanoseconds since start
	start   time.Time
	armed   chan bool // from each watcher once a round: it has its watch, or it has ended; room for one of each
}

// fanOut has every worker watch what one session more writes.
func (r *run) fanOut(ctx context.Context) {
	f := &fanOut{run: r, watched: r.field.key(0), start: time.Now(), armed: make(chan bool, 2*len(r.workers))}
	writer, err := dial(ctx, r.workers[0].server)
	if err != nil {
		r.unwritten(err)
		return
	}
	defer writer.close()
	var all sync.WaitGroup
	for _, w := range r.workers {
		all.Go(func() {
			if err := f.watch(w); err != nil && !r.over.Load() {
				w.lose(err)
			}
			f.armed <- false
		})
	}
	err = f.write(writer)
	r.over.Store(true)
	for _, w := range r.workers {
		w.line.nc.Close() // they wait for events that nobody makes any more
	}
	if all.Wait(); err != nil {
		r.unwritten(err)
	}
}

// unwritten notes that the session that writes broke: the others, which are at rest, have nothing to watch.
func (r *run) unwritten(err error) {
	r.workers[0].fail(err)
	for _, w := range r.workers {
		w.lost = true
	}
}

// write writes whenever all that are left have their watch, until the run is over or nobody watches.
func (f *fanOut) write(l *line) error {
	op := &sdk.Op{Kind: sdk.OpSetData, Path: f.watched, Data: f.run.field.value, Version: sdk.AnyVersion}
	for watchers := len(f.run.workers); ; {
		for waited := watchers; waited > 0; waited-- {
			if !<-f.armed {
				watchers--
			}
		}
		if watchers == 0 || !f.run.more() {
			return nil
		}
		f.written.Store(int64(time.Since(f.start)))
		if _, err := l.do(op); err != nil {
			return err
		}
	}
}

// watch sets a watch and waits for its event, until the connection is closed.
func (f *fanOut) watch(w *worker) error {
	op := &sdk.Op{Kind: sdk.OpGetData, Path: f.watched, Watch: true}
	for {
		h, err := w.line.do(op)
		if err != nil {
			return err
		}
		if h.code != sdk.OK {
			return h.code
		}
		f.armed <- true
		if _, err := w.line.hear(); err != nil {
			return err
		}
		w.times.add(time.Since(f.start) - time.Duration(f.written.Load()))
	}
}
