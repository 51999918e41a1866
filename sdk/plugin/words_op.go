package plugin

import (
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// each turns every element of a list; an empty list becomes nil.
func each[A, B any](list []A, turn func(A) B) []B {
	if len(list) == 0 {
		return nil
	}
	out := make([]B, len(list))
	for i, a := range list {
		out[i] = turn(a)
	}
	return out
}

func texts(list []string) [][]byte { return each(list, func(s string) []byte { return []byte(s) }) }
func textsOf(list [][]byte) []string {
	return each(list, func(b []byte) string { return string(b) })
}

func identity(id sdk.Identity) *pluginpb.Identity {
	return &pluginpb.Identity{Scheme: []byte(id.Scheme), Id: []byte(id.ID)}
}

func identityOf(id *pluginpb.Identity) sdk.Identity {
	return sdk.Identity{Scheme: string(id.GetScheme()), ID: string(id.GetId())}
}

// who leaves out the identity that nearly every operation is without.
func who(id sdk.Identity) *pluginpb.Identity {
	if id == (sdk.Identity{}) {
		return nil
	}
	return identity(id)
}

func acl(entry sdk.ACL) *pluginpb.ACL {
	return &pluginpb.ACL{Perms: int32(entry.Perms), Identity: identity(entry.Identity)}
}

func aclOf(entry *pluginpb.ACL) sdk.ACL {
	return sdk.ACL{Perms: sdk.Perm(entry.GetPerms()), Identity: identityOf(entry.GetIdentity())}
}

func login(l sdk.Login) *pluginpb.Open {
	return &pluginpb.Open{
		SessionId:    l.SessionID,
		Password:     l.Password,
		TimeoutNanos: int64(l.Timeout),
		LastZxid:     l.LastZxid,
		Identities:   each(l.Identities, identity),
		Window:       messageWindow,
		ReadOnly:     l.ReadOnly,
	}
}

func loginOf(l *pluginpb.Open) sdk.Login {
	return sdk.Login{
		SessionID:  l.GetSessionId(),
		Password:   l.GetPassword(),
		Timeout:    time.Duration(l.GetTimeoutNanos()),
		LastZxid:   l.GetLastZxid(),
		Identities: each(l.GetIdentities(), identityOf),
		ReadOnly:   l.GetReadOnly(),
	}
}

func op(o *sdk.Op) *pluginpb.Op {
	return &pluginpb.Op{
		Kind:    int32(o.Kind),
		Path:    []byte(o.Path),
		Data:    o.Data,
		Acl:     each(o.ACL, acl),
		Mode:    int32(o.Mode),
		Version: o.Version,
		Watch:   o.Watch,
		Scheme:  []byte(o.Scheme),
		Who:     who(o.Who),
		Members: reshape(o.Members),
		Watches: watches(o.Watches),
		Ttl:     o.TTL,
		Type:    int32(o.Type),
		Ops:     each(o.Ops, func(sub sdk.Op) *pluginpb.Op { return op(&sub) }),
	}
}

// opOf takes the operations of a multi or a multiRead, but not those of one inside it: there is no such thing, and the bare
// kind is enough for the core to say so.
func opOf(o *pluginpb.Op) sdk.Op {
	out := soleOp(o)
	out.Ops = each(o.GetOps(), soleOp)
	return out
}

func soleOp(o *pluginpb.Op) sdk.Op {
	return sdk.Op{
		Kind:    sdk.OpKind(o.GetKind()),
		Path:    string(o.GetPath()),
		Data:    o.GetData(),
		ACL:     each(o.GetAcl(), aclOf),
		Mode:    sdk.CreateMode(o.GetMode()),
		Version: o.GetVersion(),
		Watch:   o.GetWatch(),
		Scheme:  string(o.GetScheme()),
		Who:     identityOf(o.GetWho()),
		Members: reshapeOf(o.GetMembers()),
		Watches: watchesOf(o.GetWatches()),
		TTL:     o.GetTtl(),
		Type:    sdk.WatchType(o.GetType()),
	}
}

func watches(w *sdk.Watches) *pluginpb.Watches {
	if w == nil {
		return nil
	}
	return &pluginpb.Watches{
		RelativeZxid: w.RelativeZxid, Data: texts(w.Data), Exist: texts(w.Exist), Child: texts(w.Child),
		Persistent: texts(w.Persistent), Recursive: texts(w.Recursive),
	}
}

func watchesOf(w *pluginpb.Watches) *sdk.Watches {
	if w == nil {
		return nil
	}
	return &sdk.Watches{
		RelativeZxid: w.RelativeZxid, Data: textsOf(w.Data), Exist: textsOf(w.Exist), Child: textsOf(w.Child),
		Persistent: textsOf(w.Persistent), Recursive: textsOf(w.Recursive),
	}
}

func reshape(r *sdk.Reshape) *pluginpb.Reshape {
	if r == nil {
		return nil
	}
	return &pluginpb.Reshape{
		Joining: []byte(r.Joining), Leaving: []byte(r.Leaving), Members: []byte(r.Members), Version: r.Version,
	}
}

func reshapeOf(r *pluginpb.Reshape) *sdk.Reshape {
	if r == nil {
		return nil
	}
	return &sdk.Reshape{
		Joining: string(r.GetJoining()), Leaving: string(r.GetLeaving()), Members: string(r.GetMembers()), Version: r.GetVersion(),
	}
}
