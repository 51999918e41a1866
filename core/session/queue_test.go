package session

import "testing"

// A queue that was once long takes no more than any other when it is empty; a short one is used again.
func TestEmptyQueueKeepsLittle(t *testing.T) {
	for length, keeps := range map[int]bool{1: true, keepQueue / 2: true, DefaultWindow: false, MaxWindow: false} {
		var q queue
		for range length {
			q.push(pending{state: asked, weight: 1})
		}
		for !q.empty() {
			q.pop()
		}
		if kept := cap(q.items); kept > keepQueue || keeps && kept < length {
			t.Errorf("a queue of %d operations keeps room for %d when it is empty", length, kept)
		}
		if p := q.push(pending{state: proposed, weight: 2}); p != q.front() || q.count(asked) != 0 || q.weight != 2 {
			t.Errorf("after %d operations the queue has %d of them and weighs %d", length, q.count(asked), q.weight)
		}
	}
}
