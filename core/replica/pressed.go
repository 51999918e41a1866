package replica

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// A snapshot file is a magic, whose last byte is a version, and what the machine wrote: as it is in version 1, as a zstd
// stream since version 2. Raft's file store has a checksum over it, and compares it each time it opens a snapshot, before
// anything is restored.
const (
	snapshotMagic = "grovsnp"
	snapshotPlain = 1
	snapshotZstd  = 2
)

// maxWindow bounds the memory that a damaged or malicious stream can make a reader take. Ours need far less.
const maxWindow = 32 << 20

var errSnapshot = errors.New("not a snapshot of this version of grove")

// wrap begins a snapshot file. What it gives must be closed; that does not close w.
func wrap(w io.Writer) (io.WriteCloser, error) {
	if _, err := w.Write(append([]byte(snapshotMagic), snapshotZstd)); err != nil {
		return nil, err
	}
	return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
}

// unwrap gives what the machine wrote. Closing it does not close r.
func unwrap(r io.Reader) (io.ReadCloser, error) {
	var head [len(snapshotMagic) + 1]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("%w: %w", errSnapshot, err)
	}
	switch version := head[len(snapshotMagic)]; {
	case string(head[:len(snapshotMagic)]) != snapshotMagic:
		return nil, errSnapshot
	case version == snapshotPlain:
		return io.NopCloser(r), nil
	case version == snapshotZstd:
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	default:
		return nil, fmt.Errorf("%w: version %d", errSnapshot, version)
	}
}
