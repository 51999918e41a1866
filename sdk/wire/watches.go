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

// appendSetWatches2 is setWatches and two lists more, of the watches that stay.
func appendSetWatches2(dst []byte, w *sdk.Watches) []byte {
	if w == nil {
		w = &sdk.Watches{}
	}
	dst = appendSetWatches(dst, w)
	dst = appendStrings(dst, w.Persistent)
	return appendStrings(dst, w.Recursive)
}

func (d *decoder) setWatches2() *sdk.Watches {
	w := d.setWatches()
	w.Persistent = d.strings()
	w.Recursive = d.strings()
	return w
}

// appendAddWatch is path, mode: 0 for sdk.WatchPersistent, 1 for sdk.WatchRecursive.
func appendAddWatch(dst []byte, op *sdk.Op) []byte {
	return appendInt(appendString(dst, op.Path), int32(op.Type-sdk.WatchPersistent))
}

func (d *decoder) addWatch(op *sdk.Op) {
	op.Path = d.notNull()
	op.Type = sdk.WatchPersistent + sdk.WatchType(d.int())
	if op.Type != sdk.WatchPersistent && op.Type != sdk.WatchRecursive {
		d.fail()
	}
}

// appendWatchType is checkWatches and removeWatches: path, type.
func appendWatchType(dst []byte, op *sdk.Op) []byte {
	return appendInt(appendString(dst, op.Path), int32(op.Type))
}

// watchType refuses types that nobody knows. A null path is not watched by anybody: removeWatches may say so, while
// checkWatches is refused.
func (d *decoder) watchType(op *sdk.Op) {
	if op.Kind == sdk.OpCheckWatches {
		op.Path = d.notNull()
	} else {
		op.Path = d.string()
	}
	if op.Type = sdk.WatchType(d.int()); op.Type < sdk.WatchChildren || op.Type > sdk.WatchRecursive {
		d.fail()
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
