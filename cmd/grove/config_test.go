package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"github.com/grove-coordination/grove/adapters/zookeeper/sasl"
	"github.com/grove-coordination/grove/sdk"
)

const shipped = "../../koanf.yaml"

// written is a configuration file with this content.
func written(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "grove.yaml")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// parsed is the command line of serve.
func parsed(t *testing.T, args ...string) sources {
	t.Helper()
	flags := configFlags()
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return sources{flags: flags}
}

func TestShippedFileIsTheDefaults(t *testing.T) {
	got, err := load(sources{file: shipped})
	if err != nil {
		t.Fatal(err)
	}
	if want := defaults(); !reflect.DeepEqual(got, want) {
		t.Errorf("koanf.yaml says\n%+v, the defaults are\n%+v", got, want)
	}
}

func TestShippedFileShowsEveryKeyWithAComment(t *testing.T) {
	k := koanf.New(".")
	if err := k.Load(file.Provider(shipped), yaml.Parser()); err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		if !k.Exists(s.key) {
			t.Errorf("%s is not there", s.key)
		}
	}
	text, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	var section string
	var commented bool
	for line := range strings.Lines(string(text)) {
		word, isKey := strings.CutSuffix(strings.Fields(line + " .")[0], ":")
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "#"):
			commented = true
		case isKey && !strings.HasPrefix(line, " "):
			section = word
			commented = commented && known(word)
		case isKey && known(section+"."+word) && !commented:
			t.Errorf("%s.%s has no comment above it", section, word)
		}
	}
}

func TestSourcesComeOneOverTheOther(t *testing.T) {
	name := written(t, "listen:\n  zookeeper: :1\n  admin: :1\n  peer: :1\n")
	environ := []string{"GROVE_LISTEN__ADMIN=:2", "GROVE_LISTEN__PEER=:2", "HOME=/root"}
	from := parsed(t, "--listen.peer=:3")
	from.file, from.environ = name, environ
	got, err := load(from)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Listen{ZooKeeper: ":1", Admin: ":2", Peer: ":3"}); got.Listen != want {
		t.Errorf("listen %+v, want %+v", got.Listen, want)
	}
	if got.NodeID != "n1" {
		t.Errorf("node.id %q is not the default", got.NodeID)
	}
}

func TestFileOfTheWorkingDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	if got, err := load(sources{}); err != nil || !reflect.DeepEqual(got, defaults()) {
		t.Errorf("without a file: %+v, %v", got, err)
	}
	if err := os.WriteFile(defaultFile, []byte("node: {id: here}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := load(sources{}); err != nil || got.NodeID != "here" {
		t.Errorf("with koanf.yaml: node.id %q, %v", got.NodeID, err)
	}
	if got, err := load(sources{file: written(t, "node.id: named")}); err != nil || got.NodeID != "named" {
		t.Errorf("with another file: node.id %q, %v", got.NodeID, err)
	}
}

func TestEveryKindOfValue(t *testing.T) {
	t.Chdir(t.TempDir())
	want := Config{
		NodeID: "n2", DataDir: "/d", MinFree: 1 << 30, Listen: Listen{ZooKeeper: "0.0.0.0:0", ZooKeeperTLS: ":2281", Admin: "[::1]:80", Peer: ":2888"},
		Members:  []Member{{"n2", "h2:2888"}},
		Cluster:  Cluster{Join: []string{"10.0.0.1:2888", "[::1]:2888"}, Observer: true, Clients: "h2:2181", Reconfig: false, ReadOnly: true},
		Super:    []sdk.Identity{{Scheme: "digest", ID: "super:hash="}, {Scheme: "x509", ID: "CN=root,O=ours"}},
		Session:  SessionLimits{MinTimeout: 500 * time.Millisecond, MaxTimeout: time.Minute, MaxUnanswered: 128, MaxWatches: 10_000},
		Snapshot: Snapshot{Entries: 10, Interval: time.Second},
		Feed:     FeedLimits{MaxBytes: 2 << 30, MaxAge: 48 * time.Hour},
		Frontends: []Frontend{{Name: "lines", Command: "./lines", Args: []string{"-v", "2"},
			Config: map[string]any{"listen": ":7000", "deep": map[string]any{"n": 1}}, Grant: []string{"read", "write"},
			SHA256: strings.Repeat("0a", 32)}},
		NATS: NATS{Enabled: false, URL: "nats://a:4222,tls://u:p@b", Listen: ":1", Subject: "a.b", Stream: "S",
			JetStream: false, Body: "json", Paths: []string{"/app/**", "/b"}, Kinds: []string{"created"}, KV: "tree", KVPath: "/app",
			Service: "asks", Requests: true, Writes: []string{"/app/**"}, Credentials: "a.creds", Secret: "seal", TLSCA: "ca.pem", TLSCert: "c.pem", TLSKey: "k.pem"},
		ZooKeeper: ZooKeeper{Words: []string{"ruok", "crst"}, MaxConnections: 5000, MaxPerAddress: 0, MaxFrame: 4 << 20,
			CutOversized: true, HandshakeTimeout: time.Second, WriteTimeout: 2 * time.Second, Require: []string{"sasl", "x509"}},
		SASL: SASL{Users: []sasl.User{{Name: "bob", Password: "a:b"}, {Name: "eve", Password: "c"}}, UsersFile: "users", AllowFailed: true},
		TLS: TLS{Certificate: "s.pem", Key: "sk.pem", ClientCA: "cca.pem", ClientAuth: "need",
			PeerCertificate: "p.pem", PeerKey: "pk.pem", PeerCA: "pca.pem"},
		Sweep: 2 * time.Minute,
		Log:   Log{Level: "debug", Format: "json"},
	}
	frontend := "{name: lines, command: ./lines, args: [-v, 2], config: {listen: ':7000', deep: {n: 1}}, " +
		"grant: [read, write], sha256: " + want.Frontends[0].SHA256 + "}"
	values := map[string]string{
		"node.id": "n2", "data.dir": "/d", "data.min_free": "1GiB", "listen.zookeeper": "0.0.0.0:0", "listen.admin": "[::1]:80", "listen.peer": ":2888",
		"cluster.members": "n2=h2:2888", "cluster.join": "10.0.0.1:2888, [::1]:2888", "cluster.observer": "true",
		"cluster.clients": "h2:2181", "cluster.reconfig": "false", "cluster.read_only": "true",
		"auth.super":          "[digest:super:hash=, 'x509:CN=root,O=ours']",
		"zookeeper.max_frame": "4MiB", "zookeeper.cut_oversized": "true", "zookeeper.handshake_timeout": "1s",
		"zookeeper.write_timeout": "2s", "zookeeper.require": "sasl, x509",
		"sasl.users": "bob:a:b,eve:c", "sasl.users_file": "users", "sasl.allow_failed": "true",
		"tls.peer_certificate": "p.pem", "tls.peer_key": "pk.pem", "tls.peer_ca": "pca.pem",
		"session.min_timeout": "500ms", "session.max_timeout": "1m",
		"session.max_unanswered": "128", "session.max_watches": "10000",
		"snapshot.entries": "10", "snapshot.interval": "1s", "feed.max_bytes": "2GiB", "feed.max_age": "48h",
		"frontends": "[" + frontend + "]", "nats.enabled": "false", "nats.url": "nats://a:4222,tls://u:p@b",
		"nats.listen": ":1", "nats.subject": "a.b", "nats.stream": "S", "nats.jetstream": "false", "nats.body": "json",
		"nats.paths": "/app/**,/b", "nats.kinds": "created", "nats.kv": "tree", "nats.kv_path": "/app", "nats.service": "asks",
		"nats.requests": "true", "nats.writes": "/app/**",
		"nats.credentials": "a.creds", "nats.secret": "seal", "nats.tls_ca": "ca.pem", "nats.tls_cert": "c.pem", "nats.tls_key": "k.pem",
		"listen.zookeeper_tls": ":2281", "zookeeper.four_letter_words": "ruok,crst", "zookeeper.max_connections": "5000",
		"zookeeper.max_per_address": "0", "tls.certificate": "s.pem", "tls.key": "sk.pem", "tls.client_ca": "cca.pem",
		"tls.client_auth": "need", "sweep.interval": "2m", "log.level": "debug", "log.format": "json",
	}
	for _, s := range settings {
		if _, ok := values[s.key]; !ok {
			t.Errorf("%s is not tried", s.key)
		}
	}
	var args, environ, lines []string
	for key, value := range values {
		args = append(args, "--"+key+"="+value)
		environ = append(environ, "GROVE_"+strings.ToUpper(strings.ReplaceAll(key, ".", "__"))+"="+value)
		switch key {
		case "frontends", "snapshot.entries", "nats.enabled", "nats.jetstream", "zookeeper.max_connections":
			lines = append(lines, key+": "+value)
		case "zookeeper.four_letter_words":
			lines = append(lines, key+": [ruok, crst]")
		case "zookeeper.require":
			lines = append(lines, key+": [sasl, x509]")
		case "sasl.users":
			lines = append(lines, key+": ['bob:a:b', 'eve:c']")
		case "cluster.members":
			lines = append(lines, key+": [n2=h2:2888]")
		case "cluster.join":
			lines = append(lines, key+": ['10.0.0.1:2888', '[::1]:2888']")
		case "auth.super":
			lines = append(lines, key+": "+value)
		default:
			lines = append(lines, key+": '"+value+"'")
		}
	}
	for name, from := range map[string]sources{
		"flags":       parsed(t, args...),
		"environment": {environ: environ},
		"file":        {file: written(t, strings.Join(lines, "\n"))},
	} {
		if got, err := load(from); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\n%+v, want\n%+v", name, err, got, want)
		}
	}
}

func TestServiceLinksAreNoSettings(t *testing.T) {
	t.Chdir(t.TempDir())
	environ := []string{"GROVE_SERVICE_HOST=10.0.0.1", "GROVE_SERVICE_PORT=2181", "GROVE_SERVICE_PORT_CLIENTS=2181", "GROVE_PORT=tcp://10.0.0.1:2181",
		"GROVE_PORT_2181_TCP=tcp://10.0.0.1:2181", "GROVE_PORT_2181_TCP_PROTO=tcp", "GROVE_PORT_2181_TCP_PORT=2181", "GROVE_PORT_2181_TCP_ADDR=10.0.0.1"}
	if got, err := load(sources{environ: environ}); err != nil || !reflect.DeepEqual(got, defaults()) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestABooleanFlagNeedsNoValue(t *testing.T) {
	from := parsed(t, "--nats.enabled")
	from.environ = []string{"GROVE_NATS__ENABLED=false"}
	if got, err := load(from); err != nil || !got.NATS.Enabled {
		t.Errorf("%+v, %v", got.NATS, err)
	}
}

func TestAnEmptySectionIsNoError(t *testing.T) {
	got, err := load(sources{file: written(t, "listen:\nnats: {}\ncluster:\n  members:\n")})
	if err != nil || !reflect.DeepEqual(got, defaults()) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestErrorsNameKeyAndSource(t *testing.T) {
	t.Chdir(t.TempDir())
	tests := []struct {
		from sources
		want string
	}{
		{sources{environ: []string{"GROVE_LISTEN__ZOOKEPER=:1"}},
			"listen.zookeper (environment variable GROVE_LISTEN__ZOOKEPER): unknown key"},
		{sources{environ: []string{"GROVE_LISTEN=:1", "GROVE_LISTEN__ADMIN=:1"}},
			"listen (environment variable GROVE_LISTEN): unknown key"},
		{sources{environ: []string{"GROVE_LOG__LEVEL=loud"}},
			`log.level (environment variable GROVE_LOG__LEVEL): "loud" is none of debug, info, warn, error`},
		{parsed(t, "--log.format", "xml"), `log.format (flag --log.format): "xml" is none of text, json`},
		{parsed(t, "--node.id", "a/b"), `node.id (flag --node.id): "a/b" is no name of at most 63 letters, digits, dots, dashes and underscores`},
		{parsed(t, "--data.dir="), "data.dir (flag --data.dir): must not be empty"},
		{parsed(t, "--listen.admin=9180"), `listen.admin (flag --listen.admin): "9180" is no address host:port`},
		{parsed(t, "--listen.admin=:http"), `listen.admin (flag --listen.admin): ":http" is no address host:port`},
		{parsed(t, "--cluster.members=n1"), `cluster.members (flag --cluster.members): "n1" is not id=host:port`},
		{parsed(t, "--cluster.members=n1=a:1,n1=b:1"),
			`cluster.members (flag --cluster.members): "n1=b:1" repeats the id or the address of another member`},
		{parsed(t, "--cluster.members=n2=a:1"), `cluster.members (flag --cluster.members): node.id "n1" is not among them`},
		{parsed(t, "--data.min_free=20MiB"), "data.min_free (flag --data.min_free): must be 80MiB at least: the log needs that for its next file"},
		{parsed(t, "--cluster.join=n1"), `cluster.join (flag --cluster.join): "n1" is no address host:port`},
		{parsed(t, "--cluster.join=a:1", "--listen.peer=0.0.0.0:2888"), "cluster.join (flag --cluster.join): " +
			"the others cannot reach listen.peer, 0.0.0.0:2888: say how with cluster.members n1=host:port"},
		{parsed(t, "--cluster.observer"), "cluster.observer (flag --cluster.observer): only with cluster.join"},
		{parsed(t, "--cluster.join=a:1", "--cluster.members=n1=a:1,n2=b:1"), "cluster.join (flag --cluster.join): " +
			"cluster.members are those of a new cluster: with this, at most the node itself"},
		{parsed(t, "--sasl.users=hushhush"), "sasl.users (flag --sasl.users): user 1: want name:password"},
		{parsed(t, "--zookeeper.require=world"), `zookeeper.require (flag --zookeeper.require): "world" is none of digest, sasl, x509`},
		{parsed(t, "--zookeeper.max_frame=64MiB"), "zookeeper.max_frame (flag --zookeeper.max_frame): must be between 1KiB and 8MiB"},
		{parsed(t, "--auth.super=root"), "auth.super (flag --auth.super): must be digest:user:hash, x509:subject or sasl:user"},
		{parsed(t, "--tls.peer_key=k"), "tls.peer_certificate (default): tls.peer_certificate, tls.peer_key and tls.peer_ca go together"},
		{parsed(t, "--session.min_timeout=4"), `session.min_timeout (flag --session.min_timeout): "4" is no time span such as 500ms, 4s or 1h`},
		{parsed(t, "--session.min_timeout=1h"), "session.max_timeout (default): 40s is less than session.min_timeout, 1h0m0s"},
		{parsed(t, "--session.max_unanswered=20000"), "session.max_unanswered (flag --session.max_unanswered): 20000 is more than 16384"},
		{parsed(t, "--session.max_watches=0"), `session.max_watches (flag --session.max_watches): "0" is no positive number`},
		{parsed(t, "--snapshot.entries=-1"), `snapshot.entries (flag --snapshot.entries): "-1" is no positive number`},
		{parsed(t, "--feed.max_bytes=99999999999GiB"),
			`feed.max_bytes (flag --feed.max_bytes): "99999999999GiB" is no size such as 1048576, 512KiB, 64MiB or 2GiB`},
		{parsed(t, "--nats.enabled=perhaps"), `nats.enabled (flag --nats.enabled): "perhaps" is neither true nor false`},
		{parsed(t, "--nats.url=http://u:secret@h"), "nats.url (flag --nats.url): not a URL such as nats://host:4222"},
		{parsed(t, "--nats.subject=a.>"), `nats.subject (flag --nats.subject): "a.>" is no NATS subject without wildcards`},
		{parsed(t, "--frontends=x"), "frontends (flag --frontends): must be a list of sections"},
		{parsed(t, "--frontends=[{name: a}]"), "frontends (flag --frontends): entry 1: command: is missing"},
		{parsed(t, "--frontends=[{name: nats, command: x}]"), `frontends (flag --frontends): entry 1: name: "nats" is a built-in frontend`},
		{parsed(t, "--frontends=[{name: a, command: x}, {name: a, command: x}]"), `frontends (flag --frontends): entry 2: name: "a" is there twice`},
		{parsed(t, "--frontends=[{name: a, comand: x}]"), "frontends (flag --frontends): entry 1: unknown key comand"},
		{parsed(t, "--frontends=[{name: a, command: x, grant: [everything]}]"), "frontends (flag --frontends): entry 1: grant: " +
			`grant "everything": must be feed:/glob, read:/glob, write:/glob, as:scheme:id or reconfig`},
		{parsed(t, "--frontends=[{name: a, command: x, sha256: 1}]"),
			`frontends (flag --frontends): entry 1: sha256: "1" is not 64 lower-case hex digits`},
	}
	for _, test := range tests {
		_, err := load(test.from)
		if err == nil || err.Error() != "configuration: "+test.want {
			t.Errorf("%v\nwant configuration: %s", err, test.want)
		}
	}
}

func TestErrorsOfTheFile(t *testing.T) {
	tests := []struct{ content, want string }{
		{"listen:\n  zookeper: :1", "listen.zookeper (file F): unknown key"},
		{"node: 5", "node (file F): unknown key"},
		{"node:\n  id: [a]", "node.id (file F): must be a single value"},
		{"node:\n  id: {a: b}", "node.id.a (file F): unknown key"},
		{"session:\n  min_timeout:", `session.min_timeout (file F): "" is no time span such as 500ms, 4s or 1h`},
		{"a\nb: c", "file F: yaml: line 2: mapping values are not allowed in this context"},
		{"- a", "file F: yaml: unmarshal errors: line 1: cannot unmarshal !!seq into map[string]interface {}"},
	}
	for _, test := range tests {
		name := written(t, test.content)
		_, err := load(sources{file: name})
		if err == nil || strings.ReplaceAll(err.Error(), name, "F") != "configuration: "+test.want {
			t.Errorf("%v\nwant configuration: %s", err, test.want)
		}
	}
	missing := filepath.Join(t.TempDir(), "none.yaml")
	if _, err := load(sources{file: missing}); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("missing file: %v", err)
	}
}

func TestEveryKeyHasAFlag(t *testing.T) {
	flags := configFlags()
	for _, s := range settings {
		if f := flags.Lookup(s.key); f == nil || f.DefValue != s.initial || f.Usage == "" {
			t.Errorf("flag of %s: %+v", s.key, f)
		}
	}
}
