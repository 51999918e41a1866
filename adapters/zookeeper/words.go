package zookeeper

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// word is one of ZooKeeper's four-letter words.
type word struct {
	say     func(*report) // nil for one that is not answered here
	idle    bool          // is answered while the host does not serve, too
	strict  bool          // is not answered while it only lets clients read
	changes bool          // does more than read
	lists   bool          // needs a host that is an sdk.Inspector; costs memory and time by the length of the list
	names   bool          // tells sessions or addresses: not by default where clients must say who they are
}

// words are all that ZooKeeper knows. Those without an answer mean nothing here: the trace mask of a Java server, and the
// digests it keeps of its tree. They are refused as ZooKeeper refuses what is not in its whitelist.
var words = map[string]word{
	"conf": {say: (*report).conf},
	"cons": {say: (*report).cons, names: true},
	"crst": {say: (*report).crst, changes: true},
	"dirs": {say: (*report).dirs},
	"dump": {say: (*report).dump, lists: true},
	"envi": {say: (*report).envi, idle: true},
	"isro": {say: (*report).isro, idle: true},
	"mntr": {say: (*report).mntr},
	"ruok": {say: (*report).ruok, strict: true},
	"srst": {say: (*report).srst, changes: true},
	"srvr": {say: (*report).srvr},
	"stat": {say: (*report).stat, names: true},
	"wchc": {say: (*report).wchc, lists: true},
	"wchp": {say: (*report).wchp, lists: true},
	"wchs": {say: (*report).wchs, lists: true},

	"gtmk": {}, "hash": {}, "stmk": {},
}

// CheckWords reports whether a list is good for Config.Words: names of four-letter words, or "*" for all that there are.
func CheckWords(list []string) error {
	for _, text := range list {
		if text != "*" && words[text].say == nil {
			return fmt.Errorf("four-letter word %q: want one of %s or *", text, strings.Join(answered(), " "))
		}
	}
	return nil
}

// answered are the words that have an answer.
func answered() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for text, w := range words {
			if w.say != nil && !yield(text) {
				return
			}
		}
	})
}

// DefaultWords are those that only read and make no list: anybody may ask, and one of a million watches takes half a
// gigabyte.
func DefaultWords() []string {
	return slices.DeleteFunc(answered(), func(text string) bool { return words[text].changes || words[text].lists })
}

// allowed is the whitelist of a configuration.
func allowed(cfg *Config) map[string]bool {
	wanted := cfg.Words
	switch {
	case wanted == nil:
		wanted = slices.DeleteFunc(DefaultWords(), func(text string) bool { return len(cfg.Require) > 0 && words[text].names })
	case slices.Contains(wanted, "*"):
		wanted = answered()
	}
	list := make(map[string]bool)
	for _, text := range wanted {
		list[text] = text != "dirs" || cfg.About.DataDir != ""
	}
	return list
}

// spelled is the four-letter word that a connection began with: as the length of a frame it is far over the limit.
func spelled(err error) (text string, ok bool) {
	frame := new(wire.FrameError)
	if !errors.As(err, &frame) {
		return "", false
	}
	text = string(binary.BigEndian.AppendUint32(nil, uint32(frame.Length)))
	_, ok = words[text]
	return text, ok
}

// errWord is why a connection ends that asked a four-letter word.
var errWord = errors.New("answered a four-letter word")

// linger is how long a client may take to close after the answer. Closing first would throw away what it has not read
// yet, when it has sent more than the word, such as a line end.
const linger = time.Second

// answer says what a four-letter word asks for. It never returns nil.
func (c *conn) answer(ctx context.Context, host sdk.Host, text string) error {
	reply := c.reply(ctx, host, text)
	c.server.retire(c)
	if err := c.out.send([]byte(reply)); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	if half, ok := c.socket.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = c.socket.SetReadDeadline(time.Now().Add(linger))
		_, _ = io.CopyN(io.Discard, c.socket, int64(c.server.cfg.FrameLimit))
	}
	return fmt.Errorf("%w: %s", errWord, text)
}

// What ZooKeeper says instead of an answer.
const (
	notAllowed = "%s is not executed because it is not in the whitelist.\n"
	notServing = "This ZooKeeper instance is not currently serving requests\n"
)

func (c *conn) reply(ctx context.Context, host sdk.Host, text string) string {
	word, inspector := words[text], inspector(host)
	if !c.server.words[text] || word.lists && inspector == nil {
		return fmt.Sprintf(notAllowed, text)
	}
	ctx, cancel := context.WithTimeout(ctx, c.server.cfg.HandshakeTimeout)
	defer cancel()
	status, err := host.Status(ctx)
	if err != nil {
		status.Serving = false
	}
	reading := c.server.cfg.ReadOnly && !word.strict
	if !status.Serving && !word.idle && !reading {
		return notServing
	}
	r := report{server: c.server, asker: c, status: status, conns: c.server.open()}
	if word.lists {
		c.server.inspecting.Lock()
		defer c.server.inspecting.Unlock()
		if err := r.inspect(ctx, inspector); err != nil {
			return notServing
		}
	}
	word.say(&r)
	return r.String()
}

// inspector is a host that can list what it holds, or nil.
func inspector(host sdk.Host) sdk.Inspector {
	inspector, _ := host.(sdk.Inspector)
	return inspector
}

// retire leaves a connection out of the reports to come.
func (s *Server) retire(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns != nil {
		s.conns[c] = false
	}
}

// open is every connection there is, in the order they came.
func (s *Server) open() (list []*conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, active := range s.conns {
		if active {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *conn) int { return a.record.since.Compare(b.record.since) })
	return list
}

// port is the last part of an address, such as "2181".
func port(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return port
}
