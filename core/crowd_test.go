package core

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/raft-wal/fs"
	"github.com/hashicorp/raft-wal/types"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/sdk"
)

// gate is a disk on which nothing is written while it is held.
type gate struct {
	types.VFS
	sync.RWMutex
}

type gateFile struct {
	types.WritableFile
	gate *gate
}

func (g *gate) Create(dir, name string, size uint64) (types.WritableFile, error) {
	f, err := g.VFS.Create(dir, name, size)
	return &gateFile{f, g}, err
}

func (g *gate) OpenWriter(dir, name string) (types.WritableFile, error) {
	f, err := g.VFS.OpenWriter(dir, name)
	return &gateFile{f, g}, err
}

func (f *gateFile) WriteAt(p []byte, off int64) (int, error) {
	f.gate.RLock()
	defer f.gate.RUnlock()
	return f.WritableFile.WriteAt(p, off)
}

// TestLargeWritesFindRoom: clients that send more, together and without waiting, than the log has room for are held back
// and not let go. So is one who comes meanwhile.
func TestLargeWritesFindRoom(t *testing.T) {
	disk := &gate{VFS: fs.New()}
	n := openNode(t, Config{ID: "n1", Disk: disk})
	const clients, each = 10, 10 // 100 MiB, of which 64 may wait
	data, done := strings.Repeat("x", 1<<20), make(chan error, clients+1)
	var crowd []*client
	for range clients {
		crowd = append(crowd, openClient(t, n, sdk.Login{}))
	}
	disk.Lock()
	for i, c := range crowd {
		go func() { done <- c.pour(each, create(fmt.Sprintf("/n%d", i), data)) }()
	}
	await(t, "the log is full", func() bool {
		select {
		case <-n.log.Room():
			return len(done) > 0
		default:
			return true
		}
	})
	go func() {
		_, err := n.Open(within(t), sdk.Login{})
		done <- err
	}()
	disk.Unlock()
	for range clients + 1 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// pour submits an operation again and again without waiting, and then takes the answers.
func (c *client) pour(count int, op sdk.Op) error {
	for range count {
		if err := c.Submit(within(c.t), 1, &op); err != nil {
			return err
		}
	}
	for dst := make([]sdk.Message, count); count > 0; {
		got, err := c.Next(within(c.t), dst)
		if err != nil {
			return err
		}
		count -= got
	}
	return nil
}

// BenchmarkSubmit is what a session costs beside the log: a read, and a write with the read behind it, as they are
// submitted, applied and taken.
func BenchmarkSubmit(b *testing.B) {
	n, err := Open(Config{ID: "n1", Dir: b.TempDir(), Peer: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	defer n.Close()
	core := &instant{home: home{n}}
	s := session.NewServed(core, sdk.SessionInfo{ID: 7}, 0, 1, session.DefaultWindow, nil)
	dst, ctx := make([]sdk.Message, 2), b.Context()
	read, write := sdk.Op{Kind: sdk.OpExists, Path: "/zookeeper"}, set("/zookeeper", "x")
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Submit(ctx, 1, &read); err != nil || s.Poll(dst) != 1 {
				b.Fatal(err)
			}
		}
	})
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Submit(ctx, 1, &write); err != nil {
				b.Fatal(err)
			}
			if err := s.Submit(ctx, 2, &read); err != nil {
				b.Fatal(err)
			}
			s.Applied(core.proposed-1, sdk.Message{})
			if s.Poll(dst) != 2 {
				b.Fatal("an answer is missing")
			}
		}
	})
}

// instant is a node whose log takes everything at once.
type instant struct {
	home
	proposed uint64
}

func (n *instant) Propose([]byte) (<-chan struct{}, error) {
	n.proposed++
	return nil, nil
}
