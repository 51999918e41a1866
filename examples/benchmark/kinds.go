package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// groves, zookeepers and etcds are the three kinds. Each is started as it comes, with these changes: no limit of
// connections from one address, ports on loopback, and what one has that the others have not (Grove's NATS server) off.
// All of them sync every write to the disk before they acknowledge it, which is their default.

func groves(program string) kind {
	return kind{name: "grove", speaks: jute{program},
		version: func() string { return output(program, "version") },
		command: func(s *server, all []*server) (*exec.Cmd, error) {
			var members []string
			for _, other := range all {
				members = append(members, fmt.Sprintf("n%d=%s", other.number, other.peer))
			}
			return exec.Command(program, "serve", fmt.Sprint("--node.id=n", s.number), "--data.dir="+filepath.Join(s.dir, "data"),
				"--cluster.members="+strings.Join(members, ","), "--listen.peer="+s.peer, "--listen.zookeeper="+s.client,
				"--listen.admin="+s.second, "--nats.enabled=false", "--zookeeper.max_per_address=0"), nil
		}}
}

// zookeepers is the Debian package, as `zkServer.sh start-foreground` would start it, with the garbage collector and the
// heap that Java chooses.
func zookeepers(grove string) kind {
	return kind{name: "zookeeper", speaks: jute{grove},
		version: func() string {
			java, _, _ := strings.Cut(output("java", "--version"), "\n")
			return output("dpkg-query", "-W", "-f", "${Version}", "zookeeper") + ", " + java
		},
		command: func(s *server, all []*server) (*exec.Cmd, error) {
			file, err := zooCfg(s, all)
			return exec.Command("java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dzookeeper.jmx.log4j.disable=true",
				"-cp", "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar",
				"org.apache.zookeeper.server.quorum.QuorumPeerMain", file), err
		}}
}

// zooCfg writes ZooKeeper's sample configuration.
func zooCfg(s *server, all []*server) (name string, err error) {
	host, port, err := net.SplitHostPort(s.client)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=%s\nclientPort=%s\nclientPortAddress=%s\n", s.dir, port, host)
	fmt.Fprint(&text, "maxClientCnxns=0\nadmin.enableServer=false\n4lw.commands.whitelist=srvr\n")
	for _, other := range all {
		_, election, _ := net.SplitHostPort(other.second)
		if len(all) > 1 {
			fmt.Fprintf(&text, "server.%d=%s:%s\n", other.number, other.peer, election)
		}
	}
	if err := os.WriteFile(filepath.Join(s.dir, "myid"), fmt.Append(nil, s.number), 0o600); err != nil {
		return "", err
	}
	name = filepath.Join(s.dir, "zoo.cfg")
	return name, os.WriteFile(name, []byte(text.String()), 0o600)
}

func etcds(program string) kind {
	return kind{name: "etcd", speaks: newEtcd(),
		version: func() string { first, _, _ := strings.Cut(output(program, "--version"), "\n"); return first },
		command: func(s *server, all []*server) (*exec.Cmd, error) {
			var members []string
			for _, other := range all {
				members = append(members, fmt.Sprintf("n%d=http://%s", other.number, other.peer))
			}
			return exec.Command(program, fmt.Sprint("--name=n", s.number), "--data-dir="+filepath.Join(s.dir, "data"),
				"--listen-client-urls=http://"+s.client, "--advertise-client-urls=http://"+s.client,
				"--listen-peer-urls=http://"+s.peer, "--initial-advertise-peer-urls=http://"+s.peer,
				"--initial-cluster="+strings.Join(members, ","), "--quota-backend-bytes=8589934592", "--log-level=error"), nil
		}}
}

// output is what a program prints, or why it does not.
func output(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(out))
}
