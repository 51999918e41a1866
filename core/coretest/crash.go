package coretest

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Crash takes a node away as kill -9 does: its connections end in the middle of whatever they carried, it hands nothing
// over, and Start finds what its files held at that moment. The process cannot really be killed: it is left behind, with
// files of its own that nobody looks at again, on no network, and closed.
//
// What was written and not synced is kept, as by a kernel that lives on. Power cuts are tried in core/replica.
func (c *Cluster) Crash(i int) {
	c.t.Helper()
	s := c.seat(i)
	n := c.take(s)
	if n == nil {
		return
	}
	s.door.Vanish()
	time.Sleep(time.Millisecond) // on virtual time: whatever runs has come to a rest
	left := s.dir
	s.dir += "+"
	if err := duplicate(left, s.dir); err != nil {
		c.t.Errorf("crash %s: %v", s.ID, err)
	}
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
