package watch

import "strings"

// ID names who watches: one connection's session as it is served by this node.
type ID uint64

// Kind says what a watch is about.
type Kind uint8

// The kinds of watch. A Data watch hears of creation, deletion and new data of its path; a Child watch of a change
// among the children of its path, and of its deletion; both are gone once told. A Persistent watch hears of all that
// they do, a Recursive one of creation, deletion and new data of its path and of everything below it; both stay.
const (
	Data Kind = 1 + iota
	Child
	Persistent
	Recursive
	kinds = iota
)

// stays reports whether a watch outlives what it is told.
func (k Kind) stays() bool { return k == Persistent || k == Recursive }

// roomy is the number of watches from which on the memory of an emptied table is given back.
const roomy = 1024

// Table holds the watches of one node. It is not safe for concurrent use; its readers (Len, Watchers, Paths,
// Watching, Weight, Has and Some) may run together.
type Table struct {
	byPath [kinds]map[string]uint32 // places
	byID   map[ID]uint32            // watchers
	held   map[pair]uint32          // watches
	paths  int                      // that are watched, in whatever way
	text   int                      // bytes of the paths of all places
	long   map[int]int              // how many places of Recursive watches have a path of each length

	places   slab[place]
	watchers slab[watcher]
	watches  slab[watch]

	event uint64 // counts the events made, see watcher.told
}

// place is a path as one kind of watch sees it. It exists while it is watched.
type place struct {
	path    string
	kind    Kind
	watches list
}

// watcher is one ID. It exists while it watches something.
type watcher struct {
	id      ID
	watches list
	count   int
	weight  int    // bytes of the paths it watches
	told    uint64 // the last event it was told, so that none is told twice
}

// pair names a watch by the numbers of its place and its watcher.
type pair struct{ place, who uint32 }

// New returns an empty table.
func New() *Table { return new(Table) }

// Len is the number of watches.
func (t *Table) Len() int64 { return int64(len(t.held)) }

// Watching is the number of watches of id.
func (t *Table) Watching(id ID) int {
	if who := t.byID[id]; who != 0 {
		return t.watchers.at(who).count
	}
	return 0
}

// Weight is the number of bytes of the paths that id watches, each as often as there are watches on it: what a limit
// can be set on.
func (t *Table) Weight(id ID) int {
	if who := t.byID[id]; who != 0 {
		return t.watchers.at(who).weight
	}
	return 0
}

// TotalWeight is the number of bytes of the paths that are watched, each once for each way in which it is watched, and of
// what the table keeps of each watch: what a limit for all can be set on.
func (t *Table) TotalWeight() int { return t.text + len(t.held)*perWatch }

// perWatch is what the table keeps of one watch, in bytes, about.
const perWatch = 100

// Add makes id watch path, once: asking again for the same changes nothing. The path is only lent.
func (t *Table) Add(id ID, kind Kind, path string) {
	at := pair{t.placeOf(kind, path), t.watcherOf(id)}
	if _, ok := t.held[at]; ok {
		return
	}
	if t.held == nil {
		t.held = make(map[pair]uint32)
	}
	i := t.watches.put(watch{pair: at})
	t.held[at] = i
	t.link(&t.places.at(at.place).watches, ofPlace, i)
	who := t.watchers.at(at.who)
	t.link(&who.watches, ofWatcher, i)
	who.count++
	who.weight += len(path)
}

// Drop forgets id and all its watches; nobody is told.
func (t *Table) Drop(id ID) {
	for who := t.byID[id]; who != 0; who = t.byID[id] {
		t.forget(t.watchers.at(who).watches.first)
	}
	t.release()
}

// placeOf finds or makes the place of a path.
func (t *Table) placeOf(kind Kind, path string) uint32 {
	places := &t.byPath[kind-1]
	if i := (*places)[path]; i != 0 {
		return i
	}
	if *places == nil {
		*places = make(map[string]uint32)
	}
	path = strings.Clone(path)
	i := t.places.put(place{path: path, kind: kind})
	(*places)[path] = i
	t.text += len(path)
	if !t.elsewhere(kind, path) {
		t.paths++
	}
	if kind == Recursive {
		t.measure(len(path), 1)
	}
	return i
}

// measure counts a place of Recursive watches with a path of that length in, or out.
func (t *Table) measure(length, by int) {
	if t.long == nil {
		t.long = make(map[int]int)
	}
	if t.long[length] += by; t.long[length] == 0 {
		delete(t.long, length)
	}
}

// watcherOf finds or makes the watcher with an ID.
func (t *Table) watcherOf(id ID) uint32 {
	if i := t.byID[id]; i != 0 {
		return i
	}
	if t.byID == nil {
		t.byID = make(map[ID]uint32)
	}
	i := t.watchers.put(watcher{id: id})
	t.byID[id] = i
	return i
}

// forget takes watch i out of the table, and with the last one its place and its watcher.
func (t *Table) forget(i uint32) {
	at := t.watches.at(i).pair
	place, who := t.places.at(at.place), t.watchers.at(at.who)
	t.unlink(&place.watches, ofPlace, i)
	t.unlink(&who.watches, ofWatcher, i)
	delete(t.held, at)
	t.watches.drop(i)
	who.count--
	who.weight -= len(place.path)
	if place.watches.first == 0 {
		delete(t.byPath[place.kind-1], place.path)
		t.text -= len(place.path)
		if !t.elsewhere(place.kind, place.path) {
			t.paths--
		}
		if place.kind == Recursive {
			t.measure(len(place.path), -1)
		}
		t.places.drop(at.place)
	}
	if who.count == 0 {
		delete(t.byID, who.id)
		t.watchers.drop(at.who)
	}
}

// release gives back the memory of a table that was large and is empty.
func (t *Table) release() {
	if len(t.held) == 0 && len(t.watches.items) > roomy {
		*t = Table{event: t.event}
	}
}
