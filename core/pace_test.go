package core

import (
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestPaceRests does half a second of work in short stretches, under the lock and in writes by turns, and looks how long
// that takes with the rests in between; work that takes no time does not rest but once.
func TestPaceRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var state sync.RWMutex
		work := func(stretch time.Duration) time.Duration {
			p, start := &pace{Locker: state.RLocker()}, time.Now()
			w := paced{io.Discard, p}
			for range 1000 {
				p.Lock()
				time.Sleep(stretch)
				p.Unlock()
				state.Lock() // it is nobody's while the work rests
				state.Unlock()
				if _, err := w.Write(nil); err != nil {
					t.Fatal(err)
				}
			}
			return time.Since(start)
		}
		if took := work(stint / 2); took != stint+1000*stint/2+500*stint {
			t.Errorf("half a second of work took %v", took)
		}
		if took := work(0); took != stint {
			t.Errorf("no work took %v", took)
		}
	})
}
