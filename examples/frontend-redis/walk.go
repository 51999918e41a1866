package main

import (
	"context"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

const (
	maxReply = 64 << 20 // bytes of one answer
	atOnce   = 32       // nodes read at once
	asked    = 3        // operations for each of them
)

// walk lists the keys that fit a pattern. Keys that come and go meanwhile may be in the list or not.
func walk(ctx context.Context, tree caller, k keys, pattern string) ([]string, error) {
	var found []string
	size, now := 0, time.Now()
	for todo := []string{k.root}; len(todo) > 0; {
		from := max(len(todo)-atOnce, 0)
		paths := append([]string(nil), todo[from:]...)
		todo = todo[:from]
		ops := make([]sdk.Op, 0, asked*len(paths))
		for _, path := range paths {
			ops = append(ops, sdk.Op{Kind: sdk.OpGetData, Path: path}, sdk.Op{Kind: sdk.OpGetACL, Path: path},
				sdk.Op{Kind: sdk.OpGetChildren, Path: path})
		}
		replies, err := tree.call(ctx, ops...)
		if err != nil {
			return nil, err
		}
		for i, path := range paths {
			node, acl, list := replies[asked*i], replies[asked*i+1], replies[asked*i+2]
			key, ok := k.key(path)
			ok = ok && node.Code == sdk.OK && node.Result.Data != nil && match(pattern, key) &&
				!lifeOf(acl.Result.ACL, node.Result.Stat).over(now)
			if ok {
				found = append(found, key)
				size += len(key) + 16
			}
			for _, name := range list.Result.Children {
				if child := sdk.JoinPath(path, name); !hidden(child) {
					todo = append(todo, child)
				}
			}
		}
		if size > maxReply {
			return nil, errLarge
		}
	}
	return found, nil
}
