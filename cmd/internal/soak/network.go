package soak

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// network gives every node a place to listen, and parts nodes that have a namespace each.
type network struct {
	name  string   // of the namespaces, as far as they are the same; "" for loopback without any
	hosts []string // one for each node
	given []string // ports of freePort
}

// loopback is a network in which nobody is parted.
func loopback(nodes int) *network {
	n := &network{}
	for range nodes {
		n.hosts = append(n.hosts, "127.0.0.1")
	}
	return n
}

// namespaces makes a namespace for each node, on a bridge that this process reaches too. close takes them away.
func namespaces(nodes int) (n *network, err error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("parting nodes takes root: network namespaces are made")
	}
	id := os.Getpid() % 200
	n = &network{name: fmt.Sprintf("grv%d", id)}
	defer func() {
		if err != nil {
			n.close()
		}
	}()
	if err := ip("link add %s type bridge", n.name); err != nil {
		return nil, err
	}
	if err := ip("addr add 10.213.%d.254/24 dev %s", id, n.name); err != nil {
		return nil, err
	}
	if err := ip("link set %s up", n.name); err != nil {
		return nil, err
	}
	for i := range nodes {
		n.hosts = append(n.hosts, fmt.Sprintf("10.213.%d.%d", id, i+1))
		if err := n.connect(i); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// space is the name of a node's namespace.
func (n *network) space(node int) string { return fmt.Sprintf("%sn%d", n.name, node+1) }

// connect makes a node's namespace and the wire to the bridge.
func (n *network) connect(node int) error {
	space, wire := n.space(node), fmt.Sprintf("%sv%d", n.name, node+1)
	for _, command := range []string{
		"netns add " + space,
		fmt.Sprintf("link add %s type veth peer name eth0 netns %s", wire, space),
		fmt.Sprintf("link set %s master %s up", wire, n.name),
		fmt.Sprintf("-n %s addr add %s/24 dev eth0", space, n.hosts[node]),
		fmt.Sprintf("-n %s link set eth0 up", space),
		fmt.Sprintf("-n %s link set lo up", space),
	} {
		if err := ip("%s", command); err != nil {
			return err
		}
	}
	return nil
}

// part has two nodes not reach each other; join undoes it.
func (n *network) part(a, b int) error {
	return errors.Join(
		ip("-n %s route add blackhole %s/32", n.space(a), n.hosts[b]),
		ip("-n %s route add blackhole %s/32", n.space(b), n.hosts[a]))
}

func (n *network) join(a, b int) error {
	return errors.Join(
		ip("-n %s route del blackhole %s/32", n.space(a), n.hosts[b]),
		ip("-n %s route del blackhole %s/32", n.space(b), n.hosts[a]))
}

// command is how a program is run at a node.
func (n *network) command(node int, name string, args ...string) *exec.Cmd {
	if n.name == "" {
		return exec.Command(name, args...)
	}
	return exec.Command("ip", append([]string{"netns", "exec", n.space(node), name}, args...)...)
}

// close takes the namespaces away. Nothing runs there any more.
func (n *network) close() {
	if n.name == "" {
		return
	}
	for i := range n.hosts {
		_ = ip("netns del %s", n.space(i)) // it may not have been made
	}
	_ = ip("link del %s", n.name)
}

// freePort is one that nobody listened on a moment ago, and none of those that the system gives to whoever asks for any. In
// a namespace of its own a node has them all.
func (n *network) freePort(node int) (string, error) {
	if n.name != "" {
		return "0", nil
	}
	for {
		port := strconv.Itoa(20_000 + rand.IntN(12_000))
		l, err := net.Listen("tcp", net.JoinHostPort(n.hosts[node], port))
		switch {
		case err == nil && !slices.Contains(n.given, port):
			n.given = append(n.given, port)
			return port, l.Close()
		case err == nil:
			l.Close()
		case !errors.Is(err, syscall.EADDRINUSE):
			return "", err
		}
	}
}

func ip(format string, args ...any) error {
	line := fmt.Sprintf(format, args...)
	if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", line, err, strings.TrimSpace(string(out)))
	}
	return nil
}
