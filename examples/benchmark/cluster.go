package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// kind is a server of some make.
type kind struct {
	name    string
	speaks  protocol
	version func() string
	command func(s *server, all []*server) (*exec.Cmd, error) // starts s with what it has in its folder
}

// server is one server. Its addresses stay the same from one process to the next.
type server struct {
	number               int // from 1
	dir                  string
	client, peer, second string    // host:port; what the second is for depends on the kind
	process              *exec.Cmd // nil while it does not run
}

// cluster is one server or more, of one kind.
type cluster struct {
	kind
	servers []*server
}

// startCluster starts servers with nothing in them and waits until they serve.
func startCluster(ctx context.Context, k kind, dir string, size int) (*cluster, error) {
	c := &cluster{kind: k}
	for i := range size {
		s := &server{number: i + 1, dir: filepath.Join(dir, fmt.Sprintf("%s-%d", k.name, i+1))}
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return c, err
		}
		for _, address := range []*string{&s.client, &s.peer, &s.second} {
			free, err := freeAddress()
			if err != nil {
				return c, err
			}
			*address = free
		}
		c.servers = append(c.servers, s)
	}
	for _, s := range c.servers {
		if err := c.start(s); err != nil {
			return c, err
		}
	}
	return c, c.await(ctx)
}

// freeAddress is one that nobody listened on a moment ago.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start runs a server. What it prints goes to a file beside its data.
func (c *cluster) start(s *server) error {
	cmd, err := c.command(s, c.servers)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(s.dir+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", c.name, err)
	}
	s.process = cmd
	return nil
}

// kill is kill -9.
func (s *server) kill() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait() // says that it was killed
		s.process = nil
	}
}

// close kills all and forgets what they held.
func (c *cluster) close() {
	for _, s := range c.servers {
		s.kill()
		_ = os.RemoveAll(s.dir)
	}
}

// await waits until every server answers a read, and somebody leads.
func (c *cluster) await(ctx context.Context) error {
	for _, s := range c.servers {
		if err := c.answers(ctx, s); err != nil {
			return err
		}
	}
	_, err := c.leader(ctx)
	return err
}

// answers waits until a server answers a read.
func (c *cluster) answers(ctx context.Context, s *server) error {
	return until(ctx, fmt.Sprintf("%s %d answers, see %s.log", c.name, s.number, s.dir), func(ctx context.Context) bool {
		return c.speaks.read(ctx, s.client) == nil
	})
}

// leader waits until a server says that it leads.
func (c *cluster) leader(ctx context.Context) (leader *server, err error) {
	err = until(ctx, c.name+" has a leader", func(ctx context.Context) bool {
		for _, s := range c.servers {
			if leader = s; s.process != nil && c.speaks.leads(ctx, s.client) {
				return true
			}
		}
		return false
	})
	return leader, err
}

// until tries again every few milliseconds, each time for two seconds at most, for two minutes at most.
func until(ctx context.Context, what string, holds func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		attempt, end := context.WithTimeout(ctx, 2*time.Second)
		held := holds(attempt)
		end()
		switch {
		case held:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("waited in vain until %s: %w", what, ctx.Err())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// addresses are where clients find the servers that run, the leader first.
func (c *cluster) addresses(ctx context.Context) ([]string, error) {
	leader, err := c.leader(ctx)
	if err != nil {
		return nil, err
	}
	list := []string{leader.client}
	for _, s := range c.servers {
		if s != leader && s.process != nil {
			list = append(list, s.client)
		}
	}
	return list, nil
}

// resident is the memory of a process, in bytes.
func (s *server) resident() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kilobytes, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kilobytes * 1024, err
		}
	}
	return 0, errors.Join(errors.New("no VmRSS"), err)
}

// spent is the processor time of a process.
func (s *server) spent() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // behind the name, which may hold anything
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc stat: %q", stat)
	}
	user, err := strconv.Atoi(fields[11])
	system, failed := strconv.Atoi(fields[12])
	const tick = 10 * time.Millisecond // Linux tells them in hundredths of a second
	return time.Duration(user+system) * tick, errors.Join(err, failed)
}
