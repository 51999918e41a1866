package nats

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// reconcile makes the bucket what the subtree is, and finds out from where on it is to be followed.
func (m *mirror) reconcile(ctx context.Context) error {
	seen := map[string]bool{}
	var unnamed int64
	err := m.survey(ctx, func(path string, data []byte, zxid int64) error {
		if path == m.root {
			return nil
		}
		key, ok := keyOf(m.root, path)
		if !ok {
			unnamed++
			return nil
		}
		seen[key] = true
		if m.entries[key].has(data) {
			return nil
		}
		return m.put(ctx, key, data, zxid)
	})
	if err != nil {
		return err
	}
	m.count(unnamed, "")
	if unnamed > 0 {
		m.frontend.log.Warn("nodes that no key can name are not mirrored", "bucket", m.bucket, "nodes", unnamed)
	}
	for _, key := range slices.Sorted(maps.Keys(m.entries)) {
		if m.entries[key].there && !seen[key] {
			if err := m.remove(ctx, key, m.from); err != nil {
				return err
			}
		}
	}
	return nil
}

// survey gives every node of the subtree as it was at some zxid that is not before from, which it sets.
func (m *mirror) survey(ctx context.Context, give func(path string, data []byte, zxid int64) error) error {
	if host, ok := m.host.(sdk.Snapshotter); ok {
		shot, err := host.Snapshot(ctx, m.root)
		switch {
		case err == nil:
			return errors.Join(m.all(ctx, shot, give), shot.Close())
		case errors.Is(err, sdk.CodeNoNode):
		case !errors.Is(err, sdk.CodeUnimplemented) && !errors.Is(err, sdk.CodeNoAuth):
			return fmt.Errorf("snapshot: %w", err)
		}
	}
	return m.walk(ctx, give)
}

func (m *mirror) all(ctx context.Context, shot sdk.Snapshot, give func(string, []byte, int64) error) error {
	m.from = shot.Zxid()
	nodes := make([]sdk.Change, atOnce)
	for {
		n, err := shot.Next(ctx, nodes)
		for i := range n {
			if err := give(nodes[i].Path, nodes[i].Data, m.from); err != nil {
				return err
			}
		}
		clear(nodes[:n])
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("snapshot: %w", err)
		}
	}
}

// walk reads node after node. What is read is later than from: so it is as of the transaction that wrote it, and a change
// that comes again is older than what is there.
func (m *mirror) walk(ctx context.Context, give func(string, []byte, int64) error) error {
	status, err := m.host.Status(ctx)
	if err != nil {
		return fmt.Errorf("status: %w", err)
	}
	m.from = status.Zxid
	c, err := openCaller(ctx, m.host)
	if err != nil {
		return err
	}
	defer c.close(ctx)
	for todo := []string{m.root}; len(todo) > 0; {
		path := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		replies, err := c.ask(ctx, sdk.Op{Kind: sdk.OpGetData, Path: path}, sdk.Op{Kind: sdk.OpGetChildren, Path: path})
		if err != nil {
			return err
		}
		switch node := &replies[0]; node.Code {
		case sdk.OK:
			if err := give(path, node.Result.Data, max(m.from, node.Result.Stat.Mzxid)); err != nil {
				return err
			}
		case sdk.CodeNoNode, sdk.CodeNoAuth:
		default:
			return fmt.Errorf("%s: %w", path, node.Code)
		}
		for _, name := range replies[1].Result.Children {
			if child := sdk.JoinPath(path, name); child != sdk.GroveRoot {
				todo = append(todo, child)
			}
		}
	}
	return nil
}
