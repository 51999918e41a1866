package zookeeper

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Protocol is the version of ZooKeeper whose protocol is spoken. Clients and monitors look for it.
const Protocol = "3.9.0"

// report is the answer to a four-letter word while it is written. Names, order and layout of its lines are ZooKeeper's,
// because programs read them.
type report struct {
	strings.Builder
	server *Server
	asker  *conn
	status sdk.Status
	conns  []*conn

	sessions []sdk.SessionState // for the words that list
}

// line is one line in fmt's words.
func (r *report) line(format string, args ...any) { fmt.Fprintf(r, format+"\n", args...) }

// version has ZooKeeper's in front: "3.9.0-grove-v1.2.0".
func (r *report) version() string {
	if v := strings.Trim(r.server.cfg.About.Version, "()"); v != "" {
		return Protocol + "-grove-" + v
	}
	return Protocol + "-grove"
}

// made is version as srvr and stat tell it, with the time that monitors expect behind it.
func (r *report) made() string {
	if built := r.server.cfg.About.Built; !built.IsZero() {
		return r.version() + ", built on " + built.UTC().Format("2006-01-02 15:04 MST")
	}
	return r.version()
}

// sum is what the server did since srst, and how much it has to answer.
func (r *report) sum() (total tally, waiting int64) {
	r.server.mu.Lock()
	total = r.server.gone
	r.server.mu.Unlock()
	for _, c := range r.conns {
		c.record.sumUp(&total)
		waiting += c.record.unanswered()
	}
	return total, waiting
}

func (r *report) ruok() { r.WriteString("imok") }

func (r *report) isro() {
	switch {
	case r.status.Serving:
		r.WriteString("rw")
	case r.server.cfg.ReadOnly:
		r.WriteString("ro")
	default:
		r.WriteString("null")
	}
}

func (r *report) srvr() {
	r.line("Zookeeper version: %s", r.made())
	r.numbers()
}

// numbers is the larger part of srvr and stat.
func (r *report) numbers() {
	total, waiting := r.sum()
	r.line("Latency min/avg/max: %d/%s/%d", total.least.Milliseconds(), decimal(total.mean()), total.longest())
	r.line("Received: %d", total.received)
	r.line("Sent: %d", total.sent)
	r.line("Connections: %d", len(r.conns))
	r.line("Outstanding: %d", waiting)
	r.line("Zxid: %#x", r.status.Zxid)
	r.line("Mode: %s", r.mode())
	r.line("Node count: %d", r.status.Nodes)
}

func (r *report) stat() {
	r.line("Zookeeper version: %s", r.made())
	r.line("Clients:")
	for _, c := range r.conns {
		r.line(" %s)", c.brief(c == r.asker))
	}
	r.line("")
	r.numbers()
}

func (r *report) cons() {
	for _, c := range r.conns {
		r.line(" %s%s)", c.brief(c == r.asker), c.record.detail())
	}
	r.line("")
}

func (r *report) conf() {
	where, _ := r.server.Ready()
	plain, secure := port(where), "-1"
	if r.server.cfg.TLS != nil {
		plain, secure = secure, plain
	}
	about := r.server.cfg.About
	r.line("clientPort=%s", plain)
	r.line("secureClientPort=%s", secure)
	if about.DataDir != "" {
		bytes := size(about.DataDir)
		r.line("dataDir=%s", about.DataDir)
		r.line("dataDirSize=%d", bytes)
		r.line("dataLogDir=%s", about.DataDir)
		r.line("dataLogSize=%d", bytes)
	}
	r.line("maxClientCnxns=%d", r.server.cfg.MaxPerAddress)
	r.line("maxCnxns=%d", r.server.cfg.MaxConnections)
	if about.MaxTimeout > 0 {
		r.line("minSessionTimeout=%d", about.MinTimeout.Milliseconds())
		r.line("maxSessionTimeout=%d", about.MaxTimeout.Milliseconds())
	}
	r.line("clientPortListenBacklog=-1")
	r.line("serverId=%s", r.status.NodeID)
	r.members()
}

// dirs has snapshots and log in one directory, and counts it for both.
func (r *report) dirs() {
	bytes := size(r.server.cfg.About.DataDir)
	r.line("datadir_size: %d", bytes)
	r.line("logdir_size: %d", bytes)
}

// envi leaves out what only a Java machine has.
func (r *report) envi() {
	r.line("Environment:")
	r.line("zookeeper.version=%s", r.version())
	if host, err := os.Hostname(); err == nil {
		r.line("host.name=%s", host)
	}
	r.line("go.version=%s", runtime.Version())
	r.line("os.name=%s", runtime.GOOS)
	r.line("os.arch=%s", runtime.GOARCH)
	if who, err := user.Current(); err == nil {
		r.line("user.name=%s", who.Username)
		r.line("user.home=%s", who.HomeDir)
	}
	if dir, err := os.Getwd(); err == nil {
		r.line("user.dir=%s", dir)
	}
}

func (r *report) crst() {
	for _, c := range r.conns {
		c.record.forget(true)
	}
	r.line("Connection stats reset.")
}

func (r *report) srst() {
	r.server.mu.Lock()
	r.server.gone = tally{}
	r.server.mu.Unlock()
	for _, c := range r.conns {
		c.record.forget(false)
	}
	r.line("Server stats reset.")
}

// size is how many bytes the files below dir have. Files that go away meanwhile do not count.
func size(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}

// decimal is a number as Java prints it, with four digits behind the point at most: "0.0", "1.25".
func decimal(v float64) string {
	text := strings.TrimRight(strconv.FormatFloat(v, 'f', 4, 64), "0")
	if strings.HasSuffix(text, ".") {
		text += "0"
	}
	return text
}
