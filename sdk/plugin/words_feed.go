package plugin

import (
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
		size += changeSize(&t.Changes[i])
	}
	return size
}

// changeSize is about what a change takes in a frame.
func changeSize(c *sdk.Change) int { return 24 + len(c.Path) + len(c.Data) }
