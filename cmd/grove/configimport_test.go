package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/cmd/internal/zoocfg"
)

// everything is a zoo.cfg with all that has a key here.
const everything = `
tickTime=3000
dataDir=DIR/data
dynamicConfigFile=DIR/members
secureClientPort=2281
clientPort=2181
admin.serverPort=9180
quorumListenOnAllIPs=true
reconfigEnabled=true
readonlymode.enabled=true
minSessionTimeout=5000
maxSessionTimeout=50000
maxCnxns=1000
maxClientCnxns=0
jute.maxbuffer=4194304
4lw.commands.whitelist=mntr,ruok
nio.sessionlessCnxnTimeout=5000
znode.container.checkIntervalMs=30000
snapCount=50000
DigestAuthenticationProvider.superDigest=super:D/InIHSb7yEEbrWz8b9l71RjZJU=
X509AuthenticationProvider.superUser=CN=root
enforce.auth.enabled=true
enforce.auth.schemes=digest,sasl
java.security.auth.login.config=DIR/jaas
allowSaslFailedClients=true
ssl.keyStore.location=/tls/server.pem
ssl.trustStore.location=/tls/ca.pem
ssl.clientAuth=want
sslQuorum=true
ssl.quorum.keyStore.location=/tls/node.pem
ssl.quorum.trustStore.location=/tls/nodes.pem
`

// TestImportedConfigurationLoads: what comes out of import is taken by serve, and means what it meant.
func TestImportedConfigurationLoads(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"zoo.cfg": everything, "data/myid": "2\n", "jaas": `Server { required user_ann="secret"; };`,
		"members": "server.1=zk1:2888:3888;2181\nserver.2=zk2:2888:3888;2181\nserver.3=zk3:2888:3888;2181\n",
	} {
		place(t, dir, name, text)
	}
	got := imported(t, filepath.Join(dir, "zoo.cfg"))
	want := defaults()
	want.NodeID, want.DataDir = "2", filepath.Join(dir, "data", "grove")
	want.Listen = Listen{ZooKeeper: ":2181", ZooKeeperTLS: ":2281", Admin: "127.0.0.1:9180", Peer: ":2888"}
	want.Session.MinTimeout, want.Session.MaxTimeout = 5*time.Second, 50*time.Second
	want.Sweep, want.Snapshot.Entries, want.NATS.Enabled = 30*time.Second, 50000, false
	for name, pair := range map[string][2]any{
		"node.id": {got.NodeID, want.NodeID}, "data.dir": {got.DataDir, want.DataDir}, "listen": {got.Listen, want.Listen},
		"session": {got.Session, want.Session}, "sweep": {got.Sweep, want.Sweep}, "snapshot": {got.Snapshot, want.Snapshot},
		"nats": {got.NATS, want.NATS}, "log": {got.Log, want.Log}, "feed": {got.Feed, want.Feed},
		"members": {len(got.Members), 3}, "words": {got.ZooKeeper.Words, []string{"mntr", "ruok"}},
		"connections": {got.ZooKeeper.MaxConnections, 1000}, "per address": {got.ZooKeeper.MaxPerAddress, 0},
		"certificate": {got.TLS.Certificate, "/tls/server.pem"}, "client_auth": {got.TLS.ClientAuth, "want"},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s is %+v, want %+v", name, pair[0], pair[1])
		}
	}
}

func place(t *testing.T, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	text = strings.ReplaceAll(text, "DIR", dir)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// imported is the configuration of a zoo.cfg of which every line is behind a key, but for what is noted of some.
func imported(t *testing.T, name string) Config {
	t.Helper()
	source, err := zoocfg.Read(name, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	translation, err := source.Translate()
	if err != nil {
		t.Fatal(err)
	}
	text, err := translation.YAML()
	if err != nil {
		t.Fatal(err)
	}
	for _, note := range translation.Notes {
		switch note.Key {
		case "dataDir", "snapCount", "dynamicConfigFile", "admin.serverPort":
		default:
			t.Errorf("noted: %s", note)
		}
	}
	config, err := load(sources{file: written(t, string(text))})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return config
}
