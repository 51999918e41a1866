package wire

import (
	"github.com/grove-coordination/grove/sdk"
)

// appendSetWatches is relativeZxid and three lists of paths; nil asks for nothing.
func appendSetWatches(dst []byte, w *sdk.Watches) []byte {
	if w == nil {
		w = &sdk.Watches{}
	}
	dst = appendLong(dst, w.RelativeZxid)
	dst = appendStrings(dst, w.Data)
	dst = appendStrings(dst, w.Exist)
	return appendStrings(dst, w.Child)
}

func (d *decoder) setWatches() *sdk.Watches {
	return &sdk.Watches{
		RelativeZxid: d.long(),
		Data:         d.strings(),
		Exist:        d.strings(),
		Child:        d.strings(),
	}
}

// stateConnected is the only state a server puts into an event (KeeperState.SyncConnected).
const stateConnected = 3

// AppendEvent appends the frame of a watch event: a header with XidEvent and the zxid of what caused it, then type,
// state, path.
func AppendEvent(dst []byte, e *sdk.Event) []byte {
	dst, at := begin(dst)
	dst = appendReplyHeader(dst, XidEvent, e.Zxid, sdk.OK)
	dst = appendInt(dst, int32(e.Kind))
	dst = appendInt(dst, stateConnected)
	return finish(appendString(dst, e.Path), at)
}

// DecodeEvent reads the event behind header h. It keeps nothing of the body.
func DecodeEvent(h ReplyHeader, body []byte) (sdk.Event, error) {
	d := decoder{rest: body}
	kind := sdk.EventKind(d.int())
	d.int()
	d.own()
	return sdk.Event{Kind: kind, Path: d.string(), Zxid: h.Zxid}, d.err("event")
}
