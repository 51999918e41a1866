package session

import (
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// keepOutbox is the largest outbox, in messages, that is kept for reuse once it is empty.
const keepOutbox = 256

// outbox holds the messages a client has not taken yet, oldest first.
type outbox struct {
	items  []sdk.Message
	head   int
	bytes  int // of data and names in them, see size
	spared int // messages that are not held against the client: without them it could not come back
}

func (o *outbox) len() int { return len(o.items) - o.head }

func (o *outbox) push(m sdk.Message) {
	if o.head > len(o.items)/2 && len(o.items) == cap(o.items) {
		o.items = slices.Delete(o.items, 0, o.head)
		o.head = 0
	}
	o.items = append(o.items, m)
	o.bytes += size(&m)
}

// take moves the oldest messages to dst and counts them and the replies among them.
func (o *outbox) take(dst []sdk.Message) (n, replies int) {
	n = copy(dst, o.items[o.head:])
	for i := range dst[:n] {
		if dst[i].Event == nil {
			replies++
		}
		o.bytes -= size(&dst[i])
	}
	o.spared = max(0, o.spared-n) // whichever they were: what counts is never more than it was
	clear(o.items[o.head : o.head+n])
	if o.head += n; o.len() == 0 {
		o.reset()
	}
	return n, replies
}

func (o *outbox) reset() {
	o.head = 0
	if cap(o.items) > keepOutbox {
		o.items = nil
	}
	o.items = o.items[:0]
}
