package nats

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/grove-coordination/grove/sdk"
)

// mirror keeps a bucket of NATS' key-value store equal to a subtree: current values for programs that know nothing else.
// One goroutine uses it.
//
// Every entry carries the zxid of what it shows, and is written only over the one that was read before: a copy of the
// adapter that is behind, or that slept, finds a newer entry and leaves it.
type mirror struct {
	frontend *Frontend
	host     sdk.Host
	js       jetstream.JetStream
	bucket   string
	root     string           // of the subtree
	limit    int              // bytes of a message
	entries  map[string]entry // by key, as of when they were read or written
	from     int64            // the bucket shows everything up to this zxid
	unnamed  int64            // nodes below root that no key can name
}

// entry is what is known of one key of the bucket.
type entry struct {
	sequence uint64 // of its last message; 0 for none ever
	zxid     int64
	there    bool
	sum      [sha256.Size]byte // of the value
}

// has reports whether the value of the key is this one.
func (e entry) has(value []byte) bool { return e.there && e.sum == sha256.Sum256(value) }

// mirrorAlong mirrors for as long as ctx lives or until stop, which waits for its end.
func (f *Frontend) mirrorAlong(ctx context.Context, host sdk.Host, b *broker) (stop func()) {
	if f.settings.KV == "" {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { // ends with ctx, or when the bucket is refused
		defer close(done)
		f.keepMirror(ctx, host, b)
	}()
	return func() { cancel(); <-done; f.mirrored.Store(nil) }
}

// keepMirror begins again after every error but a refusal, each time with a look at everything.
func (f *Frontend) keepMirror(ctx context.Context, host sdk.Host, b *broker) {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		m := &mirror{
			frontend: f, host: host, js: b.js, bucket: f.settings.KV, root: f.settings.KVPath, limit: int(b.conn.MaxPayload()),
		}
		err := m.run(ctx)
		if ctx.Err() != nil {
			return
		}
		err = fmt.Errorf("bucket %s: %w", m.bucket, err)
		if before := f.mirrored.Swap(&err); before == nil || (*before).Error() != err.Error() {
			f.log.Warn("the bucket is not up to date", "error", err)
		}
		if errors.Is(err, errRefused) {
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// run brings the bucket up to date and keeps it so until something goes wrong.
func (m *mirror) run(ctx context.Context) error {
	if err := m.open(ctx); err != nil {
		return err
	}
	if err := m.reconcile(ctx); err != nil {
		return err
	}
	pattern := strings.TrimSuffix(m.root, "/") + "/**"
	feed, err := m.host.Follow(ctx, sdk.Following{From: m.from, Paths: []string{pattern}})
	if err != nil {
		return err
	}
	m.frontend.mirrored.Store(nil)
	return errors.Join(m.follow(ctx, feed), feed.Close())
}

func (m *mirror) follow(ctx context.Context, feed sdk.Feed) error {
	txns := make([]sdk.Transaction, batch)
	for {
		n, err := feed.Next(ctx, txns)
		for _, txn := range txns[:n] {
			for i := range txn.Changes {
				if err := m.change(ctx, txn.Zxid, &txn.Changes[i]); err != nil {
					return err
				}
			}
		}
		if err != nil {
			return err
		}
		clear(txns[:n])
	}
}

// change takes over one change of the tree.
func (m *mirror) change(ctx context.Context, zxid int64, c *sdk.Change) error {
	if c.Kind == sdk.ACLChanged || !sdk.Below(c.Path, m.root) || c.Path == m.root {
		return nil
	}
	key, ok := keyOf(m.root, c.Path)
	switch {
	case ok && c.Kind == sdk.Deleted:
		return m.remove(ctx, key, zxid)
	case ok:
		return m.put(ctx, key, c.Data, zxid)
	case c.Kind == sdk.Created:
		m.count(m.unnamed+1, c.Path)
	case c.Kind == sdk.Deleted:
		m.count(m.unnamed-1, "")
	}
	return nil
}

// count notes how many nodes no key can name, and tells the path of one more.
func (m *mirror) count(unnamed int64, path string) {
	m.unnamed = max(unnamed, 0)
	m.frontend.meter.unnamed.Store(m.unnamed)
	if path != "" {
		m.frontend.log.Debug("no key can name a node", "bucket", m.bucket, "path", path)
	}
}

// keyOf is the key of a node: the components of its path below root, joined by dots. A component of other bytes than
// [-_=A-Za-z0-9] has none, and neither has what would begin with "_kv", which NATS keeps for itself.
func keyOf(root, path string) (key string, ok bool) {
	rest := strings.TrimPrefix(strings.TrimPrefix(path, strings.TrimSuffix(root, "/")), "/")
	if rest == "" || len(rest) > maxSubject || strings.HasPrefix(rest, "_kv") {
		return "", false
	}
	for i := range len(rest) {
		if c := rest[i]; c != '/' && !plainInKey(c) {
			return "", false
		}
	}
	return strings.ReplaceAll(rest, "/", "."), true
}

func plainInKey(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '='
}
