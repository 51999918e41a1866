package client

import (
	"sync"

	"github.com/grove-coordination/grove/sdk"
)

// Watch is a watch that was left with a read. It fires once.
type Watch struct {
	events chan sdk.Event // room for the only one
}

func newWatch() *Watch { return &Watch{events: make(chan sdk.Event, 1)} }

// Event gives the event and is then closed; it is closed without an event when the session is over. A watch nobody
// waits for any more costs a little memory until then, nothing else.
func (w *Watch) Event() <-chan sdk.Event { return w.events }

// watchKind is what a watch waits for, as setWatches tells them apart.
type watchKind int

const (
	dataWatch  watchKind = iota // of a node that was there
	existWatch                  // of a node that was not
	childWatch
	watchKinds
)

// watchTable holds the watches that are set, from one connection to the next.
type watchTable struct {
	mu     sync.Mutex // guards what follows
	set    [watchKinds]map[string][]*Watch
	closed bool
}

func (t *watchTable) add(kind watchKind, path string, w *Watch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		close(w.events)
		return
	}
	if t.set[kind] == nil {
		t.set[kind] = map[string][]*Watch{}
	}
	t.set[kind][path] = append(t.set[kind][path], w)
}

// fire gives the event to every watch it ends.
func (t *watchTable) fire(e sdk.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, kind := range ended(e.Kind) {
		for _, w := range t.set[kind][e.Path] {
			w.events <- e
			close(w.events)
		}
		delete(t.set[kind], e.Path)
	}
}

// ended are the kinds of watch that an event ends.
func ended(kind sdk.EventKind) []watchKind {
	switch kind {
	case sdk.EventCreated, sdk.EventDataChanged:
		return []watchKind{dataWatch, existWatch}
	case sdk.EventDeleted:
		return []watchKind{dataWatch, existWatch, childWatch}
	case sdk.EventChildrenChanged:
		return []watchKind{childWatch}
	}
	return nil
}

// close ends every watch without an event, now and later.
func (t *watchTable) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, paths := range t.set {
		for _, list := range paths {
			for _, w := range list {
				close(w.events)
			}
		}
	}
	t.set, t.closed = [watchKinds]map[string][]*Watch{}, true
}

// batchText is how much path text goes into one setWatches, so that many watches stay within the server's limit.
const batchText = 128 << 10

// batches is what a new connection has to ask for.
func (t *watchTable) batches(since int64) []*sdk.Watches {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []*sdk.Watches
	text := batchText
	for kind, paths := range t.set {
		for path := range paths {
			if text += len(path); text > batchText {
				all = append(all, &sdk.Watches{RelativeZxid: since})
				text = len(path)
			}
			last := all[len(all)-1]
			list := [watchKinds]*[]string{&last.Data, &last.Exist, &last.Child}[kind]
			*list = append(*list, path)
		}
	}
	return all
}
