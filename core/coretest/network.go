package coretest

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Network connects nodes by name: the host of an address. Between two that are cut off from each other nothing moves, and
// nothing breaks: what was sent arrives when they are joined again, if anybody still waits for it. When a connection
// breaks, what was on its way is lost.
type Network struct {
	mu    sync.Mutex // guards all below
	doors map[string]*Door
	cuts  map[way]bool
	slow  map[string]time.Duration // at most this much later, whatever goes to it
	late  map[way]time.Duration    // at most this much later
	lines map[*line]struct{}
	moved chan struct{} // closed when cuts have changed
	rand  *rand.Rand

	carrying sync.WaitGroup // the goroutines of the connections
}

// way is from one node to another.
type way struct{ from, to string }

// NewNetwork is one where all can reach all; seed is of its delays.
func NewNetwork(seed uint64) *Network {
	return &Network{
		doors: make(map[string]*Door), cuts: make(map[way]bool), slow: make(map[string]time.Duration),
		late: make(map[way]time.Duration), lines: make(map[*line]struct{}),
		moved: make(chan struct{}), rand: rand.New(rand.NewPCG(seed, 1)),
	}
}

// Cut parts a from b, both ways.
func (n *Network) Cut(a, b string) {
	n.change(func() { n.cuts[way{a, b}], n.cuts[way{b, a}] = true, true })
}

// Mute lets nothing go from one to the other; what the other says still arrives.
func (n *Network) Mute(from, to string) { n.change(func() { n.cuts[way{from, to}] = true }) }

// Slow makes what goes to name late, by as much as most.
func (n *Network) Slow(name string, most time.Duration) { n.change(func() { n.slow[name] = most }) }

// Delay makes what goes from one to the other late, by as much as most.
func (n *Network) Delay(from, to string, most time.Duration) {
	n.change(func() { n.late[way{from, to}] = most })
}

// Heal ends all cuts and delays.
func (n *Network) Heal() { n.change(func() { clear(n.cuts); clear(n.slow); clear(n.late) }) }

func (n *Network) change(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
	close(n.moved)
	n.moved = make(chan struct{})
}

// pass waits until something may go from one to the other, or done.
func (n *Network) pass(done <-chan struct{}, from, to string) bool {
	for {
		cut, moved, delay := n.look(from, to)
		if !cut {
			time.Sleep(delay)
			return true
		}
		select {
		case <-moved:
		case <-done:
			return false
		}
	}
}

func (n *Network) look(from, to string) (cut bool, moved <-chan struct{}, delay time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delay = 50*time.Microsecond + time.Duration(n.rand.Int64N(int64(100*time.Microsecond+n.slow[to]+n.late[way{from, to}])))
	return n.cuts[way{from, to}], n.moved, delay
}
