package replica

// room is where those wait who were turned away with ErrBusy. Whoever owns it locks.
type room struct {
	again chan struct{} // closed when there is room; nil: nobody waits
}

// roomy is what those get who need not wait.
var roomy = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// wait is closed by the next vacate.
func (r *room) wait() <-chan struct{} {
	if r.again == nil {
		r.again = make(chan struct{})
	}
	return r.again
}

// vacate has all come again.
func (r *room) vacate() {
	if r.again != nil {
		close(r.again)
		r.again = nil
	}
}

// Room is closed as soon as it is of use to come again after ErrBusy: half of what may wait has gone, or goes nowhere any
// more.
func (l *Log) Room() <-chan struct{} {
	if r := l.route.Load(); r != nil {
		return (*r).room()
	}
	return roomy
}
