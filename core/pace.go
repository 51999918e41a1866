package core

import (
	"io"
	"sync"
	"time"
)

// pace is a lock for long work that is done under it in short stretches, and has the work rest about as long as it
// lasts. Two processors have no third for it: whoever wakes up while it runs on one, and the garbage collector or a
// client's request on the other, waits until the operating system takes one of them away, which can be four
// milliseconds. One goroutine uses it.
type pace struct {
	sync.Locker
	rested time.Time
}

// stint is how long work goes on before it rests, and how long it rests.
const stint = time.Millisecond

// Lock implements tree.Locker.
func (p *pace) Lock() {
	p.rest()
	p.Locker.Lock()
}

func (p *pace) rest() {
	if time.Since(p.rested) >= stint {
		time.Sleep(stint)
		p.rested = time.Now()
	}
}

// paced rests between writes too.
type paced struct {
	io.Writer
	pace *pace
}

// Write implements io.Writer.
func (w paced) Write(p []byte) (int, error) {
	w.pace.rest()
	return w.Writer.Write(p)
}
