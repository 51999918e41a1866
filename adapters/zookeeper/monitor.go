package zookeeper

import (
	"os"
	"slices"
	"strings"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// mntr has those of ZooKeeper's lines whose numbers are known here.
func (r *report) mntr() {
	total, waiting := r.sum()
	r.number("version", r.version())
	r.number("server_state", r.mode())
	r.number("avg_latency", decimal(total.mean()))
	r.number("min_latency", total.least.Milliseconds())
	r.number("max_latency", total.longest())
	r.number("packets_received", total.received)
	r.number("packets_sent", total.sent)
	r.number("num_alive_connections", len(r.conns))
	r.number("outstanding_requests", waiting)
	r.number("znode_count", r.status.Nodes)
	r.number("watch_count", r.status.Watches)
	r.number("ephemerals_count", r.status.Ephemerals)
	r.number("approximate_data_size", r.status.DataSize)
	r.number("global_sessions", r.status.Sessions)
	r.number("local_sessions", 0)
	r.number("uptime", time.Since(r.server.startedAt()).Milliseconds())
	r.descriptors()
	r.troubles()
	r.cluster()
}

// troubles are counted since the server was started; srst does not reset them.
func (r *report) troubles() {
	t := &r.server.trouble
	r.number("connection_rejected", t.refused.Load())
	r.number("large_requests_rejected", t.large.Load())
	r.number("auth_failed_count", t.unauthenticated.Load())
	r.number("sessionless_connections_expired", t.silent.Load())
	r.number("connection_drop_count", t.slow.Load()+t.malformed.Load())
}

// peerStates are what ZooKeeper calls a member that does its part.
var peerStates = map[sdk.Role]string{
	sdk.RoleLeader: "leading - broadcast", sdk.RoleFollower: "following - broadcast", sdk.RoleObserver: "observing - broadcast",
}

// cluster is what this member does, and how many there are to agree.
func (r *report) cluster() {
	voters := 0
	for _, m := range r.status.Members {
		if !m.Observer {
			voters++
		}
	}
	if voters < 2 {
		return
	}
	if state, ok := peerStates[r.status.Role]; ok && r.status.Serving {
		r.number("peer_state", state)
	}
	r.number("quorum_size", voters)
	if r.status.Role == sdk.RoleLeader {
		r.learners()
	}
}

// learners are counted by a leader: those who follow it now, with a vote and without.
func (r *report) learners() {
	observers := 0
	for _, m := range r.status.Members {
		if m.Observer && slices.Contains(r.status.Learners, m.ID) {
			observers++
		}
	}
	r.number("learners", len(r.status.Learners))
	r.number("synced_followers", len(r.status.Learners)-observers)
	r.number("synced_observers", observers)
}

func (r *report) number(name string, value any) { r.line("zk_%s\t%v", name, value) }

// descriptors are told where the system tells them.
func (r *report) descriptors() {
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		r.number("open_file_descriptor_count", len(open))
	}
	limits, err := os.ReadFile("/proc/self/limits")
	if err != nil {
		return
	}
	if _, line, ok := strings.Cut(string(limits), "\nMax open files"); ok {
		if most := strings.Fields(line); len(most) > 0 {
			r.number("max_file_descriptor_count", most[0])
		}
	}
}
