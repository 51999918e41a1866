package coretest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// Terms is who said in each term that he leads.
type Terms map[uint64]string

// Note checks that it was no other before.
func (t Terms) Note(term uint64, who string) error {
	if other, ok := t[term]; ok && other != who {
		return fmt.Errorf("term %d: %s leads, and %s did", term, who, other)
	}
	t[term] = who
	return nil
}

// Watch asks all nodes again and again who leads, until ctx ends.
func (c *Cluster) Watch(ctx context.Context, h *History) {
	terms := make(Terms)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		for _, i := range c.Running() {
			n := c.Node(i)
			if n == nil {
				continue
			}
			if s, err := n.Status(ctx); err == nil && s.Role == sdk.RoleLeader {
				h.Broke(terms.Note(s.Term, s.NodeID))
			}
		}
		<-tick.C
	}
}

// Ordered checks that every transaction has a greater zxid than the one before, and no earlier time, whatever the clocks of
// leaders say.
func Ordered(committed []sdk.Transaction) error {
	for i := 1; i < len(committed); i++ {
		if committed[i].Zxid <= committed[i-1].Zxid {
			return fmt.Errorf("zxid %#x behind %#x", committed[i].Zxid, committed[i-1].Zxid)
		}
		if committed[i].Time < committed[i-1].Time {
			return fmt.Errorf("zxid %#x: time %d behind %d", committed[i].Zxid, committed[i].Time, committed[i-1].Time)
		}
	}
	return nil
}

// Released checks that every ephemeral node of clients has gone, once, with all others of its session, and that none came
// after that.
func Released(committed []sdk.Transaction) error {
	owners, ended := make(map[string]int64), make(map[int64]int64)
	for _, t := range committed {
		for _, c := range t.Changes {
			if !strings.HasPrefix(c.Path, held) {
				continue
			}
			owner, there := owners[c.Path]
			switch end := ended[c.Owner]; {
			case c.Kind == sdk.Created && there:
				return fmt.Errorf("zxid %#x: %s is there already", t.Zxid, c.Path)
			case c.Kind == sdk.Created && end != 0:
				return fmt.Errorf("zxid %#x: %s is of session %#x, which had ended at %#x", t.Zxid, c.Path, c.Owner, end)
			case c.Kind == sdk.Created:
				owners[c.Path] = c.Owner
			case c.Kind == sdk.Deleted && !there:
				return fmt.Errorf("zxid %#x: %s goes and was not there", t.Zxid, c.Path)
			case c.Kind == sdk.Deleted:
				if end := ended[owner]; end != 0 && end != t.Zxid {
					return fmt.Errorf("zxid %#x: %s goes later than its session, at %#x", t.Zxid, c.Path, end)
				}
				ended[owner] = t.Zxid
				delete(owners, c.Path)
			}
		}
	}
	for path, owner := range owners {
		return fmt.Errorf("%s of session %#x is left", path, owner)
	}
	return nil
}

// Digest is a hash of all that clients can read of a node: every path with its data, stat and ACL, and the members.
func (c *Cluster) Digest(ctx context.Context, i int) (string, error) {
	n := c.Node(i)
	s, err := n.Open(ctx, sdk.Login{Identities: []sdk.Identity{Boss}})
	if err != nil {
		return "", err
	}
	defer s.Close()
	if got := exchange(ctx, s, []sdk.Op{{Kind: sdk.OpSync, Path: "/"}}); len(got) != 1 || got[0].Code != sdk.OK {
		return "", fmt.Errorf("sync on %s: %v", c.Name(i), got)
	}
	snapshot, err := n.Snapshot(ctx, "/")
	if err != nil {
		return "", err
	}
	defer snapshot.Close()
	hash := sha256.New()
	paths := []string{"/zookeeper/config"}
	for batch := make([]sdk.Change, 64); ; {
		count, err := snapshot.Next(ctx, batch)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		for _, node := range batch[:count] {
			paths = append(paths, node.Path)
		}
	}
	for _, path := range paths {
		got := exchange(ctx, s, []sdk.Op{{Kind: sdk.OpGetData, Path: path}, {Kind: sdk.OpGetACL, Path: path}})
		if len(got) != 2 {
			return "", fmt.Errorf("read %s on %s: %v", path, c.Name(i), got)
		}
		fmt.Fprintf(hash, "%q %q %+v %+v %v\n", path, got[0].Result.Data, got[0].Result.Stat, got[1].Result.ACL, got[0].Code)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// Quiet waits until no session of clients holds an ephemeral node, as far as any node knows.
func (c *Cluster) Quiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		var left int64
		for _, i := range c.Running() {
			s, err := c.Node(i).Status(ctx)
			if err != nil {
				return err
			}
			left += s.Ephemerals
		}
		if left == 0 {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%d ephemeral nodes do not go", left)
		}
	}
}
