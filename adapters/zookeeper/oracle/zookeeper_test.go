//go:build oracle

package oracle

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// classPath is where Debian's package puts what the server needs.
const classPath = "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar"

// settings make what the script plays the same on both: time-outs of 4 to 40 s, TTL nodes, nothing swept away
// meanwhile. Nothing has to outlast the test, so nothing is synced.
const settings = `tickTime=2000
dataDir=%s
clientPort=%d
clientPortAddress=127.0.0.1
maxClientCnxns=0
extendedTypesEnabled=true
admin.enableServer=false
forceSync=no
preAllocSize=8192
`

// startZooKeeper starts Apache ZooKeeper, which ends with the test, and returns where it serves.
func startZooKeeper(t *testing.T) string {
	t.Helper()
	dir, port := t.TempDir(), freePort(t)
	config := filepath.Join(dir, "zoo.cfg")
	if err := os.WriteFile(config, fmt.Appendf(nil, settings, filepath.Join(dir, "data"), port), 0o600); err != nil {
		t.Fatal(err)
	}
	output, err := os.Create(filepath.Join(dir, "output"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("java", "-Xmx512m", "-Djava.net.preferIPv4Stack=true", "-Dzookeeper.jmx.log4j.disable=true",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-Dznode.container.checkIntervalMs=3600000", "-Dzookeeper.enforceQuota=true",
		"-cp", classPath, "org.apache.zookeeper.server.quorum.QuorumPeerMain", config)
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v (apt-get install zookeeper)", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()         // with the signal
		if text, err := os.ReadFile(output.Name()); t.Failed() && err == nil {
			t.Logf("ZooKeeper said:\n%s", text)
		}
	})
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	awaitService(t, addr)
	return addr
}

// freePort is a port that was free a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// awaitService waits until a server says that it serves. It is not asked for a session: ZooKeeper may never answer who
// asks for one while it starts.
func awaitService(t *testing.T, addr string) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-tick.C {
		if serves(addr) {
			return
		}
	}
	t.Fatalf("%s does not serve", addr)
}

func serves(addr string) bool {
	socket, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	defer socket.Close()
	if err := socket.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return false
	}
	if _, err := socket.Write([]byte("srvr")); err != nil {
		return false
	}
	said, err := io.ReadAll(socket)
	return err == nil && strings.Contains(string(said), "\nMode: ")
}
