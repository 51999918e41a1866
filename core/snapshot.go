package core

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/roster"
	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// A snapshot is, integers big-endian:
//
//	8 bytes  "GROVESNP"
//	4        format version, 2
//	8 8 8    zxid, time, rules version
//	         the tree, the session table, the members, the feed, each in its own versioned form
//	4        CRC-32C of everything before
const (
	snapshotMagic   = "GROVESNP"
	snapshotVersion = 2
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// image is a captured snapshot. Capturing takes no time to speak of: the tree keeps aside what changes while it is
// being written, the feed shares its transactions, and the sessions, which are few and small, are encoded at once.
type image struct {
	node     *Node
	head     []byte // magic, version, zxid, time, rules version
	tree     *tree.Image
	sessions bytes.Buffer // and the members
	feed     *feed.Window
}

// Snapshot implements replica.Machine.
func (n machine) Snapshot() (replica.Snapshot, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	i := &image{node: n.Node, head: []byte(snapshotMagic)}
	i.head = binary.BigEndian.AppendUint32(i.head, snapshotVersion)
	for _, v := range []int64{n.zxid, n.state.time, n.rules} {
		i.head = binary.BigEndian.AppendUint64(i.head, uint64(v))
	}
	if err := errors.Join(n.sessions.Save(&i.sessions), n.roster.Save(&i.sessions)); err != nil {
		return nil, fmt.Errorf("capture snapshot: %w", err)
	}
	i.tree, i.feed = n.tree.Capture(), n.feed.Clone()
	return i, nil
}

// WriteTo implements replica.Snapshot. It holds the state for one short stretch after the other, as a reader.
func (i *image) WriteTo(w io.Writer) (int64, error) {
	pace := &pace{Locker: i.node.mu.RLocker()}
	out := &summed{to: paced{w, pace}}
	_, err := out.Write(i.head)
	err = errors.Join(err, i.tree.Save(out, pace))
	_, more := out.Write(i.sessions.Bytes())
	err = errors.Join(err, more, i.feed.Save(out))
	_, more = out.Write(binary.BigEndian.AppendUint32(nil, out.sum))
	return out.count, errors.Join(err, more)
}

// Release implements replica.Snapshot.
func (i *image) Release() {
	i.node.mu.Lock()
	defer i.node.mu.Unlock()
	i.tree.Release()
}

// summed counts and sums what it passes on.
type summed struct {
	to    io.Writer
	count int64
	sum   uint32
}

// Write implements io.Writer.
func (s *summed) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	s.count += int64(n)
	s.sum = crc32.Update(s.sum, castagnoli, p[:n])
	return n, err
}

// Restore implements replica.Machine. The state is replaced only when the whole snapshot could be read. Every client
// is let go: it comes back with its watches and learns what it has missed.
func (n machine) Restore(r io.Reader) error {
	restored, err := readSnapshot(r, n.cfg.Feed)
	if err != nil {
		return fmt.Errorf("restore snapshot: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.replace(restored)
	return nil
}

// readSnapshot reads a state as it comes: the bytes are never there all at once. What it has made of damaged ones is
// dropped in the end, when the checksum does not match.
func readSnapshot(from io.Reader, limits feed.Limits) (*state, error) {
	in := &summing{from: bufio.NewReaderSize(from, 1<<20)}
	head := make([]byte, len(snapshotMagic)+4+3*8)
	if _, err := io.ReadFull(in, head); err != nil || string(head[:len(snapshotMagic)]) != snapshotMagic {
		return nil, errors.New("not a snapshot")
	}
	if version := binary.BigEndian.Uint32(head[len(snapshotMagic):]); version != snapshotVersion {
		return nil, fmt.Errorf("format version %d is not known", version)
	}
	at := func(i int) int64 { return int64(binary.BigEndian.Uint64(head[len(snapshotMagic)+4+8*i:])) }
	s := &state{zxid: at(0), time: at(1), rules: at(2)}
	if err := s.load(in, limits); err != nil {
		return nil, err
	}
	return s, in.end()
}

// summing sums what is read through it.
type summing struct {
	from *bufio.Reader
	sum  uint32
}

// Read implements io.Reader.
func (s *summing) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.sum = crc32.Update(s.sum, castagnoli, p[:n])
	return n, err
}

// end reads the checksum, after which nothing comes.
func (s *summing) end() error {
	want := make([]byte, 4)
	if _, err := io.ReadFull(s.from, want); err != nil {
		return fmt.Errorf("checksum: %w", err)
	}
	if binary.BigEndian.Uint32(want) != s.sum {
		return errors.New("checksum does not match")
	}
	if _, err := s.from.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.Join(errors.New("something comes after the end"), err)
	}
	return nil
}

func (s *state) load(r io.Reader, limits feed.Limits) (err error) {
	if s.tree, err = tree.Load(r); err != nil {
		return err
	}
	if s.sessions, err = session.LoadTable(r); err != nil {
		return err
	}
	if s.roster, err = roster.Load(r); err != nil {
		return err
	}
	s.feed, err = feed.Load(r, limits)
	return err
}

var errRestored = fmt.Errorf("%w: %w: the node was brought up to date by a snapshot", sdk.ErrSessionClosed, sdk.ErrNotServing)

// replace takes over the replicated part of a restored state. The state is held.
func (n *Node) replace(s *state) {
	for _, served := range n.served {
		served.End(errRestored)
	}
	n.endReaders(errRestored)
	n.failAll(errRestored)
	n.tree, n.sessions, n.roster, n.feed = s.tree, s.sessions, s.roster, s.feed
	n.history.Load(n.tree)
	n.zxid, n.state.time, n.rules = s.zxid, s.time, s.rules
	n.served, n.byID, n.watch = make(map[int64]*session.Served), make(map[watch.ID]*session.Served), watch.New()
	n.updateRules()
	n.eager = true
	n.rouseFollowers()
}
