package session

import (
	"iter"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// keepQueue is the largest queue, in operations, that is kept for reuse once it is empty.
const keepQueue = 256

// state is how far a waiting operation has come.
type state uint8

const (
	asked    state = 1 + iota // a read, behind a write
	unjudged                  // a write that the validators must see again
	proposed                  // a write on its way through the log
	decided                   // a write whose reply is known
)

// pending is an operation that waits for its turn to be answered.
type pending struct {
	cookie uint64
	kind   sdk.OpKind
	state  state
	who    []sdk.Identity
	op     *sdk.Op      // of a read: a copy of its own
	record []byte       // of a write: as proposed
	seq    uint64       // of a write: its number
	rests  bool         // of a write: its verdict rests on the state, and on the writes before it
	stale  int          // of a write: how often it has come back
	reply  *sdk.Message // when decided
	weight int          // about how many bytes it holds, or its answer will
}

// queue holds the pending operations of a session, oldest first. Pointers into it are good until the next push.
type queue struct {
	items  []pending
	head   int
	counts [decided + 1]int // of the items in each state
	weight int              // of all items
}

func (q *queue) empty() bool { return q.head == len(q.items) }

func (q *queue) front() *pending {
	if q.empty() {
		return nil
	}
	return &q.items[q.head]
}

func (q *queue) push(p pending) *pending {
	if q.head > len(q.items)/2 && len(q.items) == cap(q.items) {
		q.items = slices.Delete(q.items, 0, q.head)
		q.head = 0
	}
	q.items = append(q.items, p)
	q.counts[p.state]++
	q.weight += p.weight
	return &q.items[len(q.items)-1]
}

func (q *queue) set(p *pending, s state) {
	q.counts[p.state]--
	q.counts[s]++
	p.state = s
}

// weigh gives an operation its weight.
func (q *queue) weigh(p *pending, weight int) {
	q.weight += weight - p.weight
	p.weight = weight
}

func (q *queue) count(s state) int { return q.counts[s] }

func (q *queue) pop() {
	q.counts[q.items[q.head].state]--
	q.weight -= q.items[q.head].weight
	q.items[q.head] = pending{}
	if q.head++; q.empty() {
		q.reset()
	}
}

func (q *queue) reset() {
	q.head = 0
	if cap(q.items) > keepQueue {
		q.items = nil
	}
	q.items = q.items[:0]
}

// unpush takes back what was pushed last.
func (q *queue) unpush() (p pending) {
	last := len(q.items) - 1
	p = q.items[last]
	q.counts[p.state]--
	q.weight -= p.weight
	q.items[last] = pending{}
	q.items = q.items[:last]
	return p
}

func (q *queue) all() iter.Seq[*pending] {
	return func(yield func(*pending) bool) {
		for i := q.head; i < len(q.items); i++ {
			if !yield(&q.items[i]) {
				return
			}
		}
	}
}

// find is the oldest operation in state s, or nil.
func (q *queue) find(s state) *pending {
	for p := range q.all() {
		if p.state == s {
			return p
		}
	}
	return nil
}

// cloneRead copies a borrowed read so that it can wait.
func cloneRead(op *sdk.Op) *sdk.Op {
	c := *op
	c.Path, c.Scheme, c.Data = strings.Clone(op.Path), strings.Clone(op.Scheme), slices.Clone(op.Data)
	c.Ops = make([]sdk.Op, len(op.Ops))
	for i := range op.Ops {
		c.Ops[i] = *cloneRead(&op.Ops[i])
	}
	return &c
}

func cloneWatches(w *sdk.Watches) *sdk.Watches {
	return &sdk.Watches{
		RelativeZxid: w.RelativeZxid,
		Data:         cloneStrings(w.Data),
		Exist:        cloneStrings(w.Exist),
		Child:        cloneStrings(w.Child),
		Persistent:   cloneStrings(w.Persistent),
		Recursive:    cloneStrings(w.Recursive),
	}
}

func cloneStrings(list []string) []string {
	c := make([]string, len(list))
	for i, s := range list {
		c[i] = strings.Clone(s)
	}
	return c
}
