package soak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// cluster is the server processes. One goroutine at a time does something to them.
type cluster struct {
	cfg     *Config
	net     *network
	nodes   []*node
	members string
}

// node is one server. Its addresses stay the same from one process to the next.
type node struct {
	id                          string
	index                       int
	zookeeper, admin, peer, dir string
	process                     *exec.Cmd // nil while it does not run
}

// startCluster starts all nodes and waits until they serve.
func startCluster(ctx context.Context, cfg *Config, n *network) (*cluster, error) {
	c := &cluster{cfg: cfg, net: n}
	var members []string
	for i, host := range n.hosts {
		node := &node{id: fmt.Sprintf("n%d", i+1), index: i}
		node.dir = filepath.Join(cfg.Dir, node.id)
		for port, address := range map[string]*string{"2181": &node.zookeeper, "9180": &node.admin, "2888": &node.peer} {
			free, err := n.freePort(i)
			if err != nil {
				return nil, err
			}
			if free != "0" {
				port = free
			}
			*address = net.JoinHostPort(host, port)
		}
		c.nodes = append(c.nodes, node)
		members = append(members, node.id+"="+node.peer)
	}
	c.members = strings.Join(members, ",")
	for _, node := range c.nodes {
		if err := c.start(node); err != nil {
			return c, err
		}
	}
	return c, c.await(ctx)
}

// start runs a node that does not. What it prints goes to a file beside its data.
func (c *cluster) start(n *node) error {
	if err := os.MkdirAll(n.dir, 0o700); err != nil {
		return err
	}
	log, err := os.OpenFile(n.dir+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own
	n.process = c.net.command(n.index, c.cfg.Binary, "serve", "--nats.enabled=false", "--node.id="+n.id, "--data.dir="+n.dir,
		"--cluster.members="+c.members, "--listen.zookeeper="+n.zookeeper, "--listen.admin="+n.admin, "--listen.peer="+n.peer,
		"--zookeeper.max_per_address=0", "--session.min_timeout=1s")
	n.process.Dir = c.cfg.Dir
	n.process.Stdout, n.process.Stderr = log, log
	if err := n.process.Start(); err != nil {
		n.process = nil
		return fmt.Errorf("start %s: %w", n.id, err)
	}
	return nil
}

// signal tells a running node something.
func (n *node) signal(s syscall.Signal) error {
	if n.process == nil {
		return fmt.Errorf("%s does not run", n.id)
	}
	return n.process.Process.Signal(s)
}

// kill ends a node as a crash of the process would; end as an operator does. Both wait until it is gone.
func (n *node) kill() error {
	err := n.signal(syscall.SIGKILL)
	_ = n.process.Wait() // says that it was killed
	n.process = nil
	return err
}

func (n *node) end() error {
	err := errors.Join(n.signal(syscall.SIGTERM), n.process.Wait())
	n.process = nil
	if err != nil {
		return fmt.Errorf("end %s: %w", n.id, err)
	}
	return nil
}

// close kills whatever runs.
func (c *cluster) close() {
	for _, n := range c.nodes {
		if n.process != nil {
			_ = n.signal(syscall.SIGCONT) // a process that was stopped dies too
			_ = n.kill()
		}
	}
}

// patience bounds every wait for the cluster.
const patience = time.Minute

// await waits until every node that runs serves.
func (c *cluster) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, n := range c.nodes {
		for n.process != nil && !n.status().Serving {
			if !pause(ctx, 20*time.Millisecond) {
				return fmt.Errorf("%s does not serve: see %s.log", n.id, n.dir)
			}
		}
	}
	return nil
}

// leader is the node that says it leads, or any when none does.
func (c *cluster) leader() *node {
	for _, n := range c.nodes {
		if s := n.status(); s.Role == "leader" && s.Serving {
			return n
		}
	}
	return c.nodes[0]
}

// clients are all addresses for clients, the node's own first.
func (c *cluster) clients(first int) []string {
	list := []string{c.nodes[first%len(c.nodes)].zookeeper}
	for _, n := range c.nodes {
		if n.zookeeper != list[0] {
			list = append(list, n.zookeeper)
		}
	}
	return list
}

// standing is what is looked at of /status.
type standing struct {
	Role    string
	Serving bool
}

// status asks a node how it is; one that does not answer is the zero standing.
func (n *node) status() (s standing) {
	answer, err := (&http.Client{Timeout: time.Second}).Get("http://" + n.admin + "/status")
	if err != nil {
		return standing{}
	}
	defer answer.Body.Close()
	_ = json.NewDecoder(answer.Body).Decode(&s) // what cannot be read is the zero standing
	return s
}

// pause waits; false when ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
