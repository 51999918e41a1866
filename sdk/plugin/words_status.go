package plugin

import (
	"strings"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

func status(s sdk.Status) *pluginpb.Status {
	return &pluginpb.Status{
		NodeId: s.NodeID, Role: string(s.Role), Leader: s.Leader, Term: s.Term, Zxid: s.Zxid, Floor: s.Floor, Last: s.Last,
		Serving: s.Serving, Why: clean(s.Why), Warnings: each(s.Warnings, clean), Members: each(s.Members, member),
		Learners: each(s.Learners, clean),
		Nodes:    s.Nodes, Ephemerals: s.Ephemerals, DataSize: s.DataSize,
		Sessions: s.Sessions, Watches: s.Watches, WatchedPaths: s.WatchedPaths,
	}
}

func statusOf(s *pluginpb.Status) sdk.Status {
	return sdk.Status{
		NodeID: s.GetNodeId(), Role: sdk.Role(s.GetRole()), Leader: s.GetLeader(), Term: s.GetTerm(), Zxid: s.GetZxid(),
		Floor: s.GetFloor(), Last: s.GetLast(), Serving: s.GetServing(), Why: s.GetWhy(), Warnings: s.GetWarnings(),
		Members: each(s.GetMembers(), memberOf), Learners: s.GetLearners(),
		Nodes: s.GetNodes(), Ephemerals: s.GetEphemerals(), DataSize: s.GetDataSize(),
		Sessions: s.GetSessions(), Watches: s.GetWatches(), WatchedPaths: s.GetWatchedPaths(),
	}
}

func member(m sdk.Member) *pluginpb.Member {
	return &pluginpb.Member{Id: clean(m.ID), Addr: clean(m.Addr), Clients: clean(m.Clients), Observer: m.Observer}
}

func memberOf(m *pluginpb.Member) sdk.Member {
	return sdk.Member{ID: m.GetId(), Addr: m.GetAddr(), Clients: m.GetClients(), Observer: m.GetObserver()}
}

// clean makes text of our own fit for a protobuf string, which refuses what is not UTF-8.
func clean(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
