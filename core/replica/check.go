package replica

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/raft-wal/segment"
	"github.com/hashicorp/raft-wal/types"
)

// ErrDamaged is in the error of Open when the log has lost what this node had said it holds. The node must not come
// back under its name with less than that; see the text of the error.
var ErrDamaged = errors.New("log is damaged")

// checkup reads all files of the log before raft-wal opens it, for what raft-wal takes on trust:
//
//   - It looks at the last batch only, and takes the first frame that makes no sense for the end. That is right after
//     a torn write, which can only be the last. It is not when a sector in the middle has gone bad: entries that this
//     node has acknowledged would be cut off without a word. So all batches are looked at, and damage is refused.
//   - It goes on behind a torn write, and when that holds the index that ends a file, takes nothing any more. So
//     what was torn is made zeros.
//   - It takes nothing any more either when it was killed between the last append to a file and the note that there is
//     another one. So the note is written.
//   - A batch whose fdatasync failed can be in the kernel's memory, whole and never to be written, and would now be
//     taken for durable. So the last batch is written once more.
type checkup struct {
	vfs  types.VFS
	meta types.MetaStore
	dir  string
	size uint32 // of the next file
	buf  bytes.Buffer
}

// run checks what the meta store knows of.
func (c *checkup) run() error {
	state, err := c.meta.Load(c.dir)
	if err != nil {
		return fmt.Errorf("log in %s: %w", c.dir, err)
	}
	for _, info := range state.Segments {
		if info.SealTime.IsZero() {
			return c.tail(state, info) // there is one at most, the last
		}
		last, entries, err := c.read(info)
		if err != nil {
			return err
		}
		if info.BaseIndex+uint64(entries) <= info.MaxIndex {
			return c.damaged(info, last.end, entries)
		}
	}
	return nil
}

// tail checks the file that is written to, and mends it.
func (c *checkup) tail(state types.PersistentState, info types.SegmentInfo) error {
	last, entries, err := c.read(info)
	if errors.Is(err, os.ErrNotExist) {
		return nil // made known, and not made yet
	}
	if err != nil {
		return err
	}
	if err := c.mend(segment.FileName(info), last); err != nil {
		return fmt.Errorf("log: mend %s: %w", c.path(info), err)
	}
	if last.index == 0 {
		return nil
	}
	return c.seal(state, info, last, entries)
}

// read reads a file into buf, to its last whole batch, and says how many entries there are to its end.
func (c *checkup) read(info types.SegmentInfo) (last batch, entries int, err error) {
	f, err := c.vfs.OpenReader(c.dir, segment.FileName(info))
	if err != nil {
		return batch{}, 0, fmt.Errorf("log: %w", err)
	}
	defer f.Close()
	c.buf.Reset()
	c.buf.Grow(int(info.SizeLimit) + bytes.MinRead)
	if _, err := c.buf.ReadFrom(io.NewSectionReader(f, 0, math.MaxInt64)); err != nil {
		return batch{}, 0, fmt.Errorf("log: read %s: %w", c.path(info), err)
	}
	if last, entries = readSegment(c.buf.Bytes()); goesOn(c.buf.Bytes(), last.end) {
		return batch{}, 0, c.damaged(info, last.end, entries)
	}
	return last, entries, nil
}

// mend writes the last batch again, and zeros over what was torn behind it.
func (c *checkup) mend(name string, last batch) error {
	data := c.buf.Bytes()
	torn := bytes.TrimRight(data[last.end:], "\x00")
	clear(torn)
	if last.end+len(torn) == 0 {
		return nil
	}
	f, err := c.vfs.OpenWriter(c.dir, name)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data[last.start:last.end+len(torn)], int64(last.start))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// seal notes that a file is done, and which is next.
func (c *checkup) seal(state types.PersistentState, done types.SegmentInfo, last batch, entries int) error {
	done.SealTime, done.MaxIndex = time.Now(), done.BaseIndex+uint64(entries)-1
	done.IndexStart = uint64(last.index + frameHeader)
	next := types.SegmentInfo{
		ID: state.NextSegmentID, BaseIndex: done.MaxIndex + 1, MinIndex: done.MaxIndex + 1,
		Codec: done.Codec, CreateTime: done.SealTime, SizeLimit: c.size,
	}
	state.NextSegmentID++
	state.Segments = append(state.Segments[:len(state.Segments)-1], done, next)
	if err := c.meta.CommitState(state); err != nil {
		return fmt.Errorf("log in %s: %w", c.dir, err)
	}
	return nil
}

func (c *checkup) path(info types.SegmentInfo) string {
	return filepath.Join(c.dir, segment.FileName(info))
}

func (c *checkup) damaged(info types.SegmentInfo, offset, entries int) error {
	return fmt.Errorf("%w: %s, from byte %d on, where entry %d belongs, and this is no torn write. This node must not go "+
		"on with less than it had. In a cluster: remove it from the members, move its data folder away, and add it again; "+
		"alone: restore a backup", ErrDamaged, c.path(info), offset, info.BaseIndex+uint64(entries))
}
