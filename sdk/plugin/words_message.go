package plugin

import (
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

func message(m *sdk.Message) *pluginpb.Message {
	out := &pluginpb.Message{Cookie: m.Cookie, Kind: int32(m.Kind), Code: int32(m.Code), Zxid: m.Zxid}
	if m.Event != nil {
		out.Event = &pluginpb.Event{Kind: int32(m.Event.Kind), Path: []byte(m.Event.Path), Zxid: m.Event.Zxid}
		return out
	}
	out.Result = result(&m.Result)
	return out
}

func messageOf(m *pluginpb.Message) sdk.Message {
	out := sdk.Message{
		Cookie: m.GetCookie(), Kind: sdk.OpKind(m.GetKind()), Code: sdk.Code(m.GetCode()), Zxid: m.GetZxid(),
		Result: resultOf(m.GetResult()),
	}
	if e := m.GetEvent(); e != nil {
		out.Event = &sdk.Event{Kind: sdk.EventKind(e.GetKind()), Path: string(e.GetPath()), Zxid: e.GetZxid()}
	}
	return out
}

func result(r *sdk.Result) *pluginpb.Result {
	return &pluginpb.Result{
		Path:     []byte(r.Path),
		Data:     r.Data,
		Stat:     stat(r.Stat),
		Acl:      each(r.ACL, acl),
		Children: texts(r.Children),
		Count:    r.Count,
		Who:      each(r.Who, identity),
		Multi:    each(r.Multi, opResult),
	}
}

func opResult(o sdk.OpResult) *pluginpb.OpResult {
	return &pluginpb.OpResult{
		Kind: int32(o.Kind), Code: int32(o.Code), Path: []byte(o.Path), Stat: stat(o.Stat),
		Data: o.Data, Children: texts(o.Children),
	}
}

func resultOf(r *pluginpb.Result) sdk.Result {
	return sdk.Result{
		Path:     string(r.GetPath()),
		Data:     r.GetData(),
		Stat:     statOf(r.GetStat()),
		ACL:      each(r.GetAcl(), aclOf),
		Children: textsOf(r.GetChildren()),
		Count:    r.GetCount(),
		Who:      each(r.GetWho(), identityOf),
		Multi:    each(r.GetMulti(), opResultOf),
	}
}

func opResultOf(o *pluginpb.OpResult) sdk.OpResult {
	return sdk.OpResult{
		Kind: sdk.OpKind(o.GetKind()), Code: sdk.Code(o.GetCode()), Path: string(o.GetPath()), Stat: statOf(o.GetStat()),
		Data: o.GetData(), Children: textsOf(o.GetChildren()),
	}
}

// stat leaves out one that says nothing, as most replies have none.
func stat(s sdk.Stat) *pluginpb.Stat {
	if s == (sdk.Stat{}) {
		return nil
	}
	return &pluginpb.Stat{
		Czxid: s.Czxid, Mzxid: s.Mzxid, Ctime: s.Ctime, Mtime: s.Mtime,
		Version: s.Version, Cversion: s.Cversion, Aversion: s.Aversion, EphemeralOwner: s.EphemeralOwner,
		DataLength: s.DataLength, NumChildren: s.NumChildren, Pzxid: s.Pzxid,
	}
}

func statOf(s *pluginpb.Stat) sdk.Stat {
	return sdk.Stat{
		Czxid: s.GetCzxid(), Mzxid: s.GetMzxid(), Ctime: s.GetCtime(), Mtime: s.GetMtime(),
		Version: s.GetVersion(), Cversion: s.GetCversion(), Aversion: s.GetAversion(), EphemeralOwner: s.GetEphemeralOwner(),
		DataLength: s.GetDataLength(), NumChildren: s.GetNumChildren(), Pzxid: s.GetPzxid(),
	}
}

// messageSize is about what a message takes in a frame.
func messageSize(m *sdk.Message) int {
	size := 64 + len(m.Result.Path) + len(m.Result.Data) + namesSize(m.Result.Children)
	for i := range m.Result.Multi {
		size += 96 + len(m.Result.Multi[i].Data) + namesSize(m.Result.Multi[i].Children)
	}
	return size
}

func namesSize(names []string) int {
	size := 0
	for _, name := range names {
		size += len(name) + 4
	}
	return size
}
