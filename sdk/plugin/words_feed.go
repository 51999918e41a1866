package plugin

import (
	"strings"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

func transaction(t *sdk.Transaction) *pluginpb.Transaction {
	return &pluginpb.Transaction{Zxid: t.Zxid, Time: t.Time, Session: t.Session, Changes: each(t.Changes, change)}
}

func transactionOf(t *pluginpb.Transaction) sdk.Transaction {
	return sdk.Transaction{
		Zxid: t.GetZxid(), Time: t.GetTime(), Session: t.GetSession(), Changes: each(t.GetChanges(), changeOf),
	}
}

func change(c sdk.Change) *pluginpb.Change {
	return &pluginpb.Change{
		Kind: int32(c.Kind), Path: []byte(c.Path), Data: c.Data, Version: c.Version, Owner: c.Owner,
	}
}

func changeOf(c *pluginpb.Change) sdk.Change {
	return sdk.Change{
		Kind: sdk.ChangeKind(c.GetKind()), Path: string(c.GetPath()), Data: c.GetData(), Version: c.GetVersion(), Owner: c.GetOwner(),
	}
}

// transactionSize is about what a transaction takes in a frame.
func transactionSize(t *sdk.Transaction) int {
	size := 32
	for i := range t.Changes {
		size += 24 + len(t.Changes[i].Path) + len(t.Changes[i].Data)
	}
	return size
}

func status(s sdk.Status) *pluginpb.Status {
	return &pluginpb.Status{
		NodeId: s.NodeID, Role: string(s.Role), Leader: s.Leader, Term: s.Term, Zxid: s.Zxid, Floor: s.Floor,
		Nodes: s.Nodes, Sessions: s.Sessions, Watches: s.Watches, Serving: s.Serving, Why: clean(s.Why),
	}
}

// clean makes text of our own fit for a protobuf string, which refuses what is not UTF-8.
func clean(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

func statusOf(s *pluginpb.Status) sdk.Status {
	return sdk.Status{
		NodeID: s.GetNodeId(), Role: sdk.Role(s.GetRole()), Leader: s.GetLeader(), Term: s.GetTerm(), Zxid: s.GetZxid(),
		Floor: s.GetFloor(), Nodes: s.GetNodes(), Sessions: s.GetSessions(), Watches: s.GetWatches(),
		Serving: s.GetServing(), Why: s.GetWhy(),
	}
}
