package replica

import (
	"errors"
	"testing"
)

// tear makes a platter forget all its files, names and all, as a power cut may those that nobody has synced.
func (p *platter) tear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.files)
}

// The file that is made when a log is emptied, by a snapshot of the leader, holds nothing yet: the power may go before it
// is kept, and the node comes back. When there is something in it, it must not be gone.
func TestEmptiedLogMayLoseItsFile(t *testing.T) {
	p, dir := newPlatter(), t.TempDir()
	s := mustOpen(t, p, dir)
	if err := errors.Join(s.StoreLogs(entries(1, 3)), s.close(), remember(dir, 7)); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, p, dir)
	if err := errors.Join(s.DeleteRange(1, 3), s.close()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // also when it is made again, and lost again
		p.tear()
		s = mustOpen(t, p, dir)
		if err := s.close(); err != nil {
			t.Fatal(err)
		}
	}
	s = mustOpen(t, p, dir)
	if err := errors.Join(s.StoreLogs(entries(4, 5)), s.close()); err != nil {
		t.Fatal(err)
	}
	p.tear()
	if s, err := onPlatter(p, dir); !errors.Is(err, ErrDamaged) {
		t.Errorf("entries are gone: %v", err)
		_ = s.close()
	}
}

// A file that was made just before the power went may be there and have no size. It gets one, and what is then written to it
// is found again.
func TestFileWithoutASize(t *testing.T) {
	p, dir := newPlatter(), t.TempDir()
	s := mustOpen(t, p, dir)
	for i := uint64(1); len(p.names()) < 2; i++ { // until the first file is full
		if err := s.StoreLogs(entries(i, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	*p.files[p.names()[1]] = image{}
	s = mustOpen(t, p, dir)
	last, err := s.LastIndex() // of the first file
	if err := errors.Join(err, s.StoreLogs(entries(last+1, last+2)), s.close()); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, p, dir)
	defer s.close()
	holds(t, s, last+2)
}
