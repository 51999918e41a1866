package zoocfg

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// server is one line server.ID=host:peer:election[:role][;[address:]client].
type server struct {
	id       string
	host     string
	peer     string // port for the other nodes
	observer bool
	client   string // address for clients as it stands there, "" for none
	others   bool   // has more addresses than this one
}

func parseServer(e entry) (*server, error) {
	s := &server{id: strings.TrimPrefix(e.key, serverPrefix)}
	if _, err := strconv.ParseUint(s.id, 10, 31); err != nil {
		return nil, fmt.Errorf("%s: %s: %q is no number", e.where, e.key, s.id)
	}
	peers, client, hasClient := strings.Cut(e.value, ";")
	first, _, others := strings.Cut(peers, "|")
	s.others = others
	fields := splitHost(strings.TrimSpace(first))
	if len(fields) < 3 || fields[0] == "" {
		return nil, fmt.Errorf("%s: %s: %q is not host:port:port", e.where, e.key, first)
	}
	s.host, s.peer = fields[0], fields[1]
	if _, err := strconv.ParseUint(s.peer, 10, 16); err != nil {
		return nil, fmt.Errorf("%s: %s: %q is no port", e.where, e.key, s.peer)
	}
	s.observer = len(fields) > 3 && strings.EqualFold(fields[3], "observer")
	if hasClient {
		s.client = clientAddress(strings.TrimSpace(client))
	}
	return s, nil
}

const serverPrefix = "server."

// splitHost cuts at colons, but not inside of brackets, which it drops.
func splitHost(s string) []string {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		host, ports, _ := strings.Cut(rest, "]")
		return append([]string{host}, strings.Split(strings.TrimPrefix(ports, ":"), ":")...)
	}
	return strings.Split(s, ":")
}

// clientAddress is a port, or an address and a port, as an address to listen at.
func clientAddress(s string) string {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port = "", s
	}
	return net.JoinHostPort(anyHost(host), port)
}

// readServers reads the lines of the members.
func readServers(s *Source) (list []*server, err error) {
	for _, e := range s.entries {
		if last, _ := s.get(e.key); !strings.HasPrefix(e.key, serverPrefix) || last != e {
			continue
		}
		one, err := parseServer(e)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// own is the line of this server, or nil.
func (t *translation) own() *server {
	i := slices.IndexFunc(t.servers, func(s *server) bool { return s.id == t.id })
	if i < 0 {
		return nil
	}
	return t.servers[i]
}

// members is who is in the cluster, and where this node listens for the others.
func (t *translation) members() error {
	t.clusterModes()
	if len(t.servers) == 0 { // nobody else is to come
		t.set("listen.peer", "127.0.0.1:0", "")
		return nil
	}
	own := t.own()
	if own == nil {
		return fmt.Errorf("%s: it names %d servers, and neither the file myid nor --id says which of them this is", t.name, len(t.servers))
	}
	host := own.host
	if everywhere, _ := t.truth("quorumListenOnAllIPs"); everywhere {
		host = ""
	}
	t.set("listen.peer", net.JoinHostPort(host, own.peer), serverPrefix+own.id)
	var members []string
	for _, s := range t.servers {
		members = append(members, s.id+"="+net.JoinHostPort(s.host, s.peer))
		t.noteServer(s)
	}
	t.set("cluster.members", members, "server.*")
	if own.client != "" {
		t.set("cluster.clients", withHost(own.client, own.host), serverPrefix+own.id)
	}
	return nil
}

// withHost is an address that others can reach: one of every interface gets a name.
func withHost(address, host string) string {
	if port, ok := strings.CutPrefix(address, ":"); ok {
		return net.JoinHostPort(host, port)
	}
	return address
}

// clusterModes are on or off: ZooKeeper does neither unless it is told.
func (t *translation) clusterModes() {
	reconfig, _ := t.truth("reconfigEnabled")
	t.set("cluster.reconfig", reconfig, "reconfigEnabled")
	if readOnly, ok := t.truth("readonlymode.enabled"); ok {
		t.set("cluster.read_only", readOnly, "readonlymode.enabled")
	}
}

func (t *translation) noteServer(s *server) {
	e, _ := t.take(serverPrefix + s.id)
	if s.observer {
		t.note(e, "a voter: an observer comes with cluster.observer and cluster.join when the cluster is there")
	}
	if s.others {
		t.note(e, "only its first address counts")
	}
}
