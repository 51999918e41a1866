package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// A worker is one session of a run, and what it has measured.
type worker struct {
	run    *run
	number int
	server string
	line   *line // nil with the load connect
	made   int64 // by its creates
	lost   bool  // its session broke, or could not be opened
	tally
}

// lose notes why the session broke: the worker does nothing more.
func (w *worker) lose(err error) {
	w.fail(err)
	w.lost = true
}

// tally is what was measured.
type tally struct {
	times  histogram
	errors map[string]int64 // codes in words, and why sessions broke
}

func (t *tally) count(h heard) {
	t.times.add(h.took)
	if h.code != sdk.OK {
		t.fail(h.code)
	}
}

func (t *tally) fail(err error) {
	if t.errors == nil {
		t.errors = make(map[string]int64)
	}
	t.errors[err.Error()]++
}

// pump keeps as many requests unanswered as the depth says until the run is over, and then hears the rest. What comes
// in one piece is answered in one.
func (w *worker) pump() error {
	for range w.run.config.Depth {
		if err := w.ask(w.line); err != nil {
			return err
		}
	}
	err := w.line.flush()
	for err == nil && len(w.line.open) > 0 {
		if err = w.hear(w.line); err == nil && !w.line.frames.Buffered() {
			err = w.line.flush()
		}
	}
	return err
}

// hear takes a reply and asks what comes next.
func (w *worker) hear(l *line) error {
	h, err := l.hear()
	if err != nil {
		return err
	}
	w.count(h)
	return w.ask(l)
}

// ask puts the next operation in line, unless the run is over.
func (w *worker) ask(l *line) error {
	if !w.run.more() {
		return nil
	}
	return l.ask(w.next())
}

// next is the next operation of the load.
func (w *worker) next() *sdk.Op {
	f := w.run.field
	switch w.run.config.Load {
	case "create":
		w.made++
		return f.create(fmt.Sprintf("%s/c%d-%d", f.root, w.number, w.made))
	case "set":
		return w.set()
	case "mixed":
		if rand.IntN(100) < w.run.config.Writes {
			return w.set()
		}
	}
	return &sdk.Op{Kind: sdk.OpGetData, Path: f.key(rand.IntN(w.run.config.Keys))}
}

func (w *worker) set() *sdk.Op {
	f := w.run.field
	return &sdk.Op{Kind: sdk.OpSetData, Path: f.key(rand.IntN(w.run.config.Keys)), Data: f.value, Version: sdk.AnyVersion}
}

// connects opens sessions and ends them, one after another, until the run is over. The time is that of opening one.
func (w *worker) connects(ctx context.Context) error {
	for w.run.more() {
		start := time.Now()
		l, err := dial(ctx, w.server)
		if ctx.Err() != nil {
			if err == nil {
				l.close()
			}
			return nil
		}
		if err != nil {
			return err
		}
		w.times.add(time.Since(start))
		l.close()
	}
	return nil
}
