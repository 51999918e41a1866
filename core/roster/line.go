package roster

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// The roles in a line.
const (
	participant = "participant"
	observer    = "observer"
)

// line is one member as ZooKeeper's dynamic configuration has it.
func line(m sdk.Member) string {
	role := participant
	if m.Observer {
		role = observer
	}
	_, port, _ := net.SplitHostPort(m.Addr)
	text := "server." + m.ID + "=" + m.Addr + ":" + port + ":" + role
	if m.Clients != "" {
		text += ";" + m.Clients
	}
	return text
}

// shape is "server.", id, host or [host], port, a second port that is dropped, a role, and where clients are served.
var shape = regexp.MustCompile(`^server\.([A-Za-z0-9][A-Za-z0-9._-]{0,62})=(\[[^\]]+\]|[^:;\[\]]+):(\d+)(?::\d+)?(?::(\w+))?(?:;(?:(.+):)?(\d+))?$`)

// parseLine reads such a line.
func parseLine(text string) (sdk.Member, error) {
	parts := shape.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil {
		return sdk.Member{}, fmt.Errorf("member %.80q: server.ID=HOST:PORT[:PORT][:participant|observer][;[HOST:]PORT]", text)
	}
	id, host, port, role, clientPort := parts[1], strings.Trim(parts[2], "[]"), parts[3], parts[4], parts[6]
	if role != "" && role != participant && role != observer {
		return sdk.Member{}, fmt.Errorf("member %s: role %q: participant or observer", id, role)
	}
	for _, p := range []string{port, clientPort} {
		if n, err := strconv.Atoi(p); p != "" && (err != nil || n < 1 || n > 65535) {
			return sdk.Member{}, fmt.Errorf("member %s: port %s", id, p)
		}
	}
	m := sdk.Member{ID: id, Addr: net.JoinHostPort(host, port), Observer: role == observer}
	if clientPort != "" && parts[5] != "" {
		m.Clients = net.JoinHostPort(strings.Trim(parts[5], "[]"), clientPort)
	}
	return m, nil
}

// Parse reads the text of /zookeeper/config: the members in the order in which they stand.
func Parse(text string) ([]sdk.Member, error) {
	var members []sdk.Member
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "version=") {
			continue
		}
		m, err := parseLine(line)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	return members, nil
}
