package wire

import (
	"fmt"

	"github.com/grove-coordination/grove/sdk"
)

// AppendReply appends the frame of the reply m to request xid. As ZooKeeper's, the header of a reply to auth or sasl has
// zxid 0, and sasl that fails has a body too, of a null token. It does not allocate but to grow dst.
func AppendReply(dst []byte, xid int32, m *sdk.Message) []byte {
	zxid := m.Zxid
	if m.Kind == sdk.OpAuth || m.Kind == sdk.OpSASL {
		zxid = 0
	}
	dst, at := begin(dst)
	dst = appendReplyHeader(dst, xid, zxid, m.Code)
	switch {
	case m.Code == sdk.OK:
		dst = appendResult(dst, m.Kind, &m.Result)
	case m.Kind == sdk.OpSASL:
		dst = appendBuffer(dst, nil)
	}
	return finish(dst, at)
}

func appendResult(dst []byte, kind sdk.OpKind, r *sdk.Result) []byte {
	switch kind {
	case sdk.OpCreate, sdk.OpSync:
		return appendString(dst, r.Path)
	case sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL:
		return appendStat(appendString(dst, r.Path), &r.Stat)
	case sdk.OpExists, sdk.OpSetData, sdk.OpSetACL:
		return appendStat(dst, &r.Stat)
	case sdk.OpGetData, sdk.OpReconfig:
		return appendStat(appendBuffer(dst, r.Data), &r.Stat)
	case sdk.OpSASL:
		return appendBuffer(dst, r.Data)
	case sdk.OpGetACL:
		return appendStat(appendACL(dst, r.ACL), &r.Stat)
	case sdk.OpGetChildren, sdk.OpGetEphemerals:
		return appendStrings(dst, r.Children)
	case sdk.OpGetChildren2:
		return appendStat(appendStrings(dst, r.Children), &r.Stat)
	case sdk.OpMulti, sdk.OpMultiRead:
		return appendMultiResult(dst, r.Multi)
	case sdk.OpGetAllChildrenNumber:
		return appendInt(dst, r.Count)
	case sdk.OpAddWatch:
		return appendInt(dst, int32(sdk.OK))
	case sdk.OpWhoAmI:
		return appendWho(dst, r.Who)
	}
	return dst
}

// DecodeReply reads the reply behind header h, to a request of kind, into m; Cookie is left as it was. The body is
// read only with sdk.OK. Nothing of m refers to the body.
func DecodeReply(h ReplyHeader, kind sdk.OpKind, body []byte, m *sdk.Message) error {
	*m = sdk.Message{Cookie: m.Cookie, Kind: kind, Code: h.Code, Zxid: h.Zxid}
	if h.Code != sdk.OK {
		return nil
	}
	d := decoder{rest: body}
	d.result(kind, &m.Result)
	if d.bad {
		return fmt.Errorf("%v reply: %w", kind, ErrMalformed)
	}
	return nil
}

func (d *decoder) result(kind sdk.OpKind, r *sdk.Result) {
	switch kind {
	case sdk.OpExists, sdk.OpSetData, sdk.OpSetACL:
		d.stat(&r.Stat)
		return
	case sdk.OpGetAllChildrenNumber:
		r.Count = d.int()
		return
	case sdk.OpAddWatch: // an error record that says the same as the header
		d.int()
		return
	case sdk.OpDelete, sdk.OpPing, sdk.OpAuth, sdk.OpSetWatches, sdk.OpSetWatches2, sdk.OpCheckWatches, sdk.OpRemoveWatches,
		sdk.OpCloseSession:
		return
	}
	d.own()
	switch kind {
	case sdk.OpCreate, sdk.OpSync:
		r.Path = d.string()
	case sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL:
		r.Path = d.string()
		d.stat(&r.Stat)
	case sdk.OpGetData, sdk.OpReconfig:
		r.Data = d.buffer()
		d.stat(&r.Stat)
	case sdk.OpSASL:
		r.Data = d.buffer()
	case sdk.OpGetACL:
		r.ACL = d.acl(nil)
		d.stat(&r.Stat)
	case sdk.OpGetChildren, sdk.OpGetEphemerals:
		r.Children = d.strings()
	case sdk.OpGetChildren2:
		r.Children = d.strings()
		d.stat(&r.Stat)
	case sdk.OpMulti, sdk.OpMultiRead:
		r.Multi = d.multiResult()
	case sdk.OpWhoAmI:
		r.Who = d.who()
	default:
		d.fail()
	}
}

// own copies what is left, in one piece, so that the fields that refer to it may be kept.
func (d *decoder) own() {
	d.rest = append(make([]byte, 0, len(d.rest)), d.rest...)
}
