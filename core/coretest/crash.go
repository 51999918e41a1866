package coretest

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/grove-coordination/grove/core"
)

// Crash takes a node away as kill -9 does: its connections end in the middle of whatever they carried, it hands nothing
// over, and Start finds what its files held at that moment, synced or not. The process cannot really be killed: it is left
// behind, with files of its own that nobody looks at again, on no network, and closed.
func (c *Cluster) Crash(i int) {
	c.t.Helper()
	if s, n := c.vanish(i); n != nil {
		c.bury(s, n)
		s.disk = s.disk.after()
	}
}

// Forget is a Crash after which the node comes back with nothing at all, under its old name. True says that it was done: it
// is done once, for what two have forgotten may be lost.
func (c *Cluster) Forget(i int) bool {
	c.t.Helper()
	if c.Forgot {
		return false
	}
	s, n := c.vanish(i)
	if n != nil {
		left := s.dir
		s.dir, s.disk, c.Forgot = s.dir+"-", nil, true
		c.discard(n, left)
	}
	return c.Forgot
}

// PowerCut takes the power from nodes at one moment: as the first of them is about to sync its log, when it has done so
// some times more, or soon. It is a Crash that keeps of their logs what was synced, and of the rest whatever it likes. What
// bolt keeps, term, vote and the list of files, and snapshots, are synced by those who write them, and are as after a kill
// at that moment: whole transactions and whole snapshots, or none.
func (c *Cluster) PowerCut(r *rand.Rand, nodes ...int) {
	c.t.Helper()
	select {
	case <-c.seat(nodes[0]).disk.FailIn(r.IntN(8)):
	case <-time.After(200 * time.Millisecond):
	}
	for _, i := range nodes {
		c.seat(i).disk.Fail()
	}
	for _, i := range nodes {
		s, n := c.vanish(i)
		if n == nil {
			continue
		}
		c.bury(s, n)
		lost, err := s.disk.Lose(filepath.Join(s.dir, "wal"), r)
		if err != nil {
			c.t.Errorf("power cut of %s: %v", s.ID, err)
		}
		c.Lost, s.disk = c.Lost+lost, NewDisk()
	}
}

// vanish takes a node off the network, and lets what it is doing come to a rest.
func (c *Cluster) vanish(i int) (*seat, *core.Node) {
	s := c.seat(i)
	n := c.take(s)
	if n != nil {
		s.door.Vanish()
		time.Sleep(time.Millisecond) // on virtual time
	}
	return s, n
}

// bury closes a node that has vanished, and gives its seat a copy of its files.
func (c *Cluster) bury(s *seat, n *core.Node) {
	left := s.dir
	s.dir += "+"
	if err := duplicate(left, s.dir); err != nil {
		c.t.Errorf("crash %s: %v", s.ID, err)
	}
	c.discard(n, left)
}

func (c *Cluster) discard(n *core.Node, left string) {
	c.dying.Go(func() {
		_ = n.Close() // what it says is said by a dead one
		_ = os.RemoveAll(left)
	})
}

// duplicate copies a folder. Files of the log are mostly empty, and are so in the copy.
func duplicate(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if target := filepath.Join(to, relative); entry.IsDir() {
			return os.MkdirAll(target, 0o700)
		} else {
			return duplicateFile(path, target)
		}
	})
}

func duplicateFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	buf, empty := make([]byte, 256<<10), make([]byte, 256<<10)
	for at := int64(0); ; {
		n, err := io.ReadFull(in, buf)
		if n > 0 && !bytes.Equal(buf[:n], empty[:n]) {
			if _, err := out.WriteAt(buf[:n], at); err != nil {
				return err
			}
		}
		at += int64(n)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return out.Truncate(at)
		case err != nil:
			return err
		}
	}
}
