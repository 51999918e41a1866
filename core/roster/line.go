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

// line is one member as ZooKeeper's dynamic configuration has it, called id there.
func line(id string, m member) string {
	role := participant
	if m.Observer {
		role = observer
	}
	text := "server." + id + "=" + m.Addr + ":" + cmp.Or(m.election, secondPort(m.Addr)) + ":" + role
	if m.Clients != "" {
		text += ";" + m.Clients
	}
	return text
}

// secondPort stands where ZooKeeper's members have a port for elections. A node has one port for both, but Java clients
// (zkCli's config -c, Curator's EnsembleTracker) take no line whose two ports are the same: so it is another one, at which
// nobody listens, as far off as 3888 is from 2888.
func secondPort(address string) string {
	_, text, _ := net.SplitHostPort(address)
	port, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return text
	case port+electionOffset > 65535:
		return strconv.Itoa(port - electionOffset)
	}
	return strconv.Itoa(port + electionOffset)
}

const electionOffset = 1000

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
	if election != port && election != secondPort(m.Addr) {
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

// Parse reads the text of /zookeeper/config: the members, by name, in the order in which they stand.
func Parse(text string) ([]sdk.Member, error) {
	var members []sdk.Member
	names := namesIn(text)
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || !isMember(line) {
			continue
		}
		m, err := parseLine(line)
		if err != nil {
			return nil, err
		}
		m.ID = cmp.Or(names[m.ID], m.ID)
		members = append(members, m.Member)
	}
	return members, nil
}

// isMember reports whether a line of a text, or of all members at once, is that of a member, as far as it can be read.
func isMember(line string) bool {
	return !strings.HasPrefix(line, "version=") && !strings.HasPrefix(line, nameKey)
}
