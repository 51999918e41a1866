package replica

import (
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/raft-wal/metadb"
	"github.com/hashicorp/raft-wal/types"
)

var (
	_ types.VFS          = (*platter)(nil)
	_ types.WritableFile = (*track)(nil)
	_ types.MetaStore    = (*ledger)(nil)
)

var errDisk = errors.New("the script says no")

func testFault() *fault { return &fault{tell: func() {}} }

// platter is a disk with a kernel before it: what is written can be read at once, and is there after a power cut only
// when a sync has said so. It is as bad as kernels are: what it could not sync it shows as before, and never writes.
type platter struct {
	segment int // bytes of a file

	mu     sync.Mutex // guards all below
	files  map[string]*image
	script func(op string, size int) (done int, err error) // what comes of "make", "write", "sync"; nil: all is well
}

type image struct {
	shown, kept []byte
	unsynced    []span
}

type span struct{ from, to int }

func newPlatter() *platter { return &platter{segment: 4 << 10, files: make(map[string]*image)} }

// follow sets the script.
func (p *platter) follow(script func(op string, size int) (int, error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script = script
}

// fail is a script by which one kind of operation fails.
func fail(op string) func(string, int) (int, error) {
	return func(o string, size int) (int, error) {
		if o == op {
			return 0, errDisk
		}
		return size, nil
	}
}

func (p *platter) ask(op string, size int) (int, error) {
	if p.script == nil {
		return size, nil
	}
	return p.script(op, size)
}

// cut takes the power away: of what was not synced, the first bytes are kept.
func (p *platter) cut(first int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.files {
		for _, s := range f.unsynced {
			n := min(first, s.to-s.from)
			f.keep(span{s.from, s.from + n})
			first -= n
		}
		f.shown, f.unsynced = slices.Clone(f.kept), nil
	}
	p.script = nil
}

func (f *image) keep(s span) {
	f.kept = grown(f.kept, s.to)
	copy(f.kept[s.from:s.to], f.shown[s.from:s.to])
}

func grown(b []byte, size int) []byte { return append(b, make([]byte, max(0, size-len(b)))...) }

// names are those of the files, oldest entries first.
func (p *platter) names() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.files))
}

// flip damages a byte of a file, for good.
func (p *platter) flip(name string, at int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.files[name]
	f.kept[at] ^= 0x40
	f.shown[at] ^= 0x40
}

func (p *platter) ListDir(string) ([]string, error) { return p.names(), nil }

func (p *platter) Create(_, name string, size uint64) (types.WritableFile, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.ask("make", int(size)); err != nil {
		return nil, err
	}
	p.files[name] = &image{shown: make([]byte, size), kept: make([]byte, size)}
	return &track{p, name}, nil
}

func (p *platter) Delete(_, name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.files, name)
	return nil
}

func (p *platter) OpenWriter(_, name string) (types.WritableFile, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.files[name] == nil {
		return nil, os.ErrNotExist
	}
	return &track{p, name}, nil
}

func (p *platter) OpenReader(dir, name string) (types.ReadableFile, error) {
	return p.OpenWriter(dir, name)
}

// track is a file of a platter.
type track struct {
	p    *platter
	name string
}

func (t *track) Close() error { return nil }

func (t *track) ReadAt(b []byte, off int64) (n int, err error) {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	shown := t.p.files[t.name].shown
	if off < int64(len(shown)) {
		n = copy(b, shown[off:])
	}
	if n < len(b) {
		err = io.EOF
	}
	return n, err
}

func (t *track) WriteAt(b []byte, off int64) (int, error) {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	n, err := t.p.ask("write", len(b))
	f, to := t.p.files[t.name], int(off)+n
	f.shown = grown(f.shown, to)
	copy(f.shown[off:to], b)
	f.unsynced = append(f.unsynced, span{int(off), to})
	return n, err
}

func (t *track) Sync() error {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	f := t.p.files[t.name]
	_, err := t.p.ask("sync", 0)
	if err == nil {
		for _, s := range f.unsynced {
			f.keep(s)
		}
	}
	f.unsynced = nil
	return err
}

// ledger is bolt's meta store, which fails when it is told to.
type ledger struct {
	metadb.BoltMetaDB
	fails atomic.Bool
}

func (l *ledger) SetStable(key, value []byte) error {
	if l.fails.Load() {
		return errDisk
	}
	return l.BoltMetaDB.SetStable(key, value)
}

func (l *ledger) CommitState(s types.PersistentState) error {
	if l.fails.Load() {
		return errDisk
	}
	return l.BoltMetaDB.CommitState(s)
}
