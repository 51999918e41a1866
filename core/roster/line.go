package roster

import (
	"cmp"
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
func line(m member) string {
	role := participant
	if m.Observer {
		role = observer
	}
	_, port, _ := net.SplitHostPort(m.Addr)
	text := "server." + m.ID + "=" + m.Addr + ":" + cmp.Or(m.election, port) + ":" + role
	if m.Clients != "" {
		text += ";" + m.Clients
	}
	return text
}

// host is a name, an address, or an address in brackets.
const host = `(\[[0-9A-Za-z:.%_-]+\]|[^:;=,\[\]\s[:cntrl:]]+)`

// shape is "server.", id, host, port, a second port, a role, and where clients are served: at a port, or a host and a port.
var shape = regexp.MustCompile(`^server\.([A-Za-z0-9][A-Za-z0-9._-]{0,62})=` + host + `:(\d+)(?::(\d+))?(?::(\w+))?(?:;(?:` + host + `:)?(\d+))?$`)

// parseLine reads such a line.
func parseLine(text string) (member, error) {
	parts := shape.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil {
		return member{}, fmt.Errorf("member %.80q: server.ID=HOST:PORT[:PORT][:participant|observer][;[HOST:]PORT]", text)
	}
	id, host, port, election, role, clients, clientPort := parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], parts[7]
	if role != "" && role != participant && role != observer {
		return member{}, fmt.Errorf("member %s: role %q: participant or observer", id, role)
	}
	for _, p := range []string{port, election, clientPort} {
		if n, err := strconv.Atoi(p); p != "" && (err != nil || n < 1 || n > 65535) {
			return member{}, fmt.Errorf("member %s: port %s", id, p)
		}
	}
	m := member{Member: sdk.Member{ID: id, Addr: address(host, port), Observer: role == observer}}
	if election != port {
		m.election = election
	}
	if clientPort != "" {
		m.Clients = address(cmp.Or(clients, host), clientPort)
	}
	if len(m.Addr) > MaxText || len(m.Clients) > MaxText {
		return member{}, fmt.Errorf("member %s: an address of more than %d bytes", id, MaxText)
	}
	return m, nil
}

// address is that of a host, which may be in brackets.
func address(host, port string) string { return net.JoinHostPort(strings.Trim(host, "[]"), port) }

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
		members = append(members, m.Member)
	}
	return members, nil
}
