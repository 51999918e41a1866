package session

import "github.com/grove-coordination/grove/sdk"

// keepOutbox is the largest outbox, in messages, that is kept for reuse once it is empty.
const keepOutbox = 256

// outbox holds the messages a client has not taken yet, oldest first.
type outbox struct {
	items []sdk.Message
	head  int
}

func (o *outbox) len() int { return len(o.items) - o.head }

func (o *outbox) push(m sdk.Message) { o.items = append(o.items, m) }

// take moves the oldest messages to dst and counts them and the replies among them.
func (o *outbox) take(dst []sdk.Message) (n, replies int) {
	n = copy(dst, o.items[o.head:])
	for i := range dst[:n] {
		if dst[i].Event == nil {
			replies++
		}
	}
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
