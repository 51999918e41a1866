package replica

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/hashicorp/raft-wal/metadb"
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
	used bool   // the log has held something
	// The log was emptied since, by a snapshot of the leader, and may not have held anything again. Known when run has begun.
	emptied bool
	buf     bytes.Buffer
}

// run checks what the meta store knows of.
func (c *checkup) run() error {
	state, err := loadState(c.meta, c.dir)
	if err == nil {
		c.emptied, err = wasEmptied(c.meta)
	}
	if err != nil {
		return err
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

// loadState asks the meta store what files the log has. Bolt, which keeps that, trusts its file: one that is damaged, or
// empty, makes it panic or fault, and here that is an error like others.
func loadState(meta types.MetaStore, dir string) (state types.PersistentState, err error) {
	name := filepath.Join(dir, metadb.FileName)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if why := recover(); why != nil {
			err = lostMeta(name, fmt.Sprint(why))
		}
	}()
	info, missing := os.Stat(name)
	if missing == nil && info.Size() == 0 {
		return state, lostMeta(name, "it is empty")
	}
	state, err = meta.Load(dir)
	switch {
	case err != nil && missing == nil && !errors.Is(err, os.ErrPermission):
		return state, lostMeta(name, err.Error())
	case err != nil:
		return state, fmt.Errorf("log in %s: %w", dir, err)
	}
	return state, nil
}

// wasEmptied reads the note of store.empty.
func wasEmptied(meta types.MetaStore) (bool, error) {
	raw, err := meta.GetStable(emptiedKey)
	if err != nil {
		return false, fmt.Errorf("log: %s: %w", emptiedKey, err)
	}
	return bytes.ContainsFunc(raw, func(r rune) bool { return r != 0 }), nil
}

func lostMeta(name, why string) error {
	return fmt.Errorf("%w: %s, which says what files the log has: %s. %s", ErrDamaged, name, why, whatHelps)
}

// tail checks the file that is written to, and mends it.
func (c *checkup) tail(state types.PersistentState, info types.SegmentInfo) error {
	last, entries, err := c.read(info)
	first := c.used && !c.emptied && len(state.Segments) == 1 // the file that a log begins with is made before anything is held
	if errors.Is(err, os.ErrNotExist) && !first {
		return nil // made known, and not made yet
	}
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %s is gone. %s", ErrDamaged, c.path(info), whatHelps)
	}
	if err != nil {
		return err
	}
	short := uint64(c.buf.Len()) < uint64(info.SizeLimit)
	if short && (first || entries > 0) {
		return fmt.Errorf("%w: %s has %d bytes, and was made with %d. %s", ErrDamaged, c.path(info), c.buf.Len(), info.SizeLimit, whatHelps)
	}
	if short { // its size was not kept, and nothing in it: raft-wal makes it again, and would not make it larger
		return c.vfs.Delete(c.dir, segment.FileName(info))
	}
	if err := c.mend(segment.FileName(info), last); err != nil {
		return fmt.Errorf("log: mend %s: %w", c.path(info), err)
	}
	if last.index == 0 {
		return nil
	}
	return c.seal(state, info, last, entries)
}

// whole reports a file that a used log begins with and that is gone, or smaller than it was made. It changes nothing.
func (c *checkup) whole(state types.PersistentState) error {
	if len(state.Segments) != 1 || c.emptied {
		return nil
	}
	info := state.Segments[0]
	file, err := os.Stat(c.path(info))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w: %s is gone. %s", ErrDamaged, c.path(info), whatHelps)
	case err != nil:
		return fmt.Errorf("log: %w", err)
	case info.SealTime.IsZero() && file.Size() < int64(info.SizeLimit):
		return fmt.Errorf("%w: %s has %d bytes, and was made with %d. %s", ErrDamaged, c.path(info), file.Size(), info.SizeLimit, whatHelps)
	}
	return nil
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

// whatHelps is said to whoever has a damaged log.
const whatHelps = "This node must not go on with less than it had. In a cluster: take it out with 'grove member remove', move " +
	"its data folder away, and start it with --cluster.join; alone: 'grove snapshot restore' a file that was saved. What is " +
	"still readable: 'grove snapshot verify', 'grove log dump'"

func (c *checkup) damaged(info types.SegmentInfo, offset, entries int) error {
	return fmt.Errorf("%w: %s, from byte %d on, where entry %d belongs, and this is no torn write. %s",
		ErrDamaged, c.path(info), offset, info.BaseIndex+uint64(entries), whatHelps)
}
