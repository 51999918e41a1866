package wire

import (
	"fmt"

	"github.com/grove-coordination/grove/sdk"
)

// keepElements bounds what a reused op keeps of the room that a long list of a former request took.
const keepElements = 64

// AppendRequest appends the frame of op with its header. The error says that op, or one inside a multi, is of a kind
// that has no request; dst is then returned as it was.
func AppendRequest(dst []byte, xid int32, op *sdk.Op) ([]byte, error) {
	frame, at := begin(dst)
	frame = appendRequestHeader(frame, xid, op.Kind)
	switch op.Kind {
	case sdk.OpMulti, sdk.OpMultiRead:
		var err error
		if frame, err = appendMulti(frame, op); err != nil {
			return dst, err
		}
	case sdk.OpExists, sdk.OpGetData, sdk.OpGetChildren, sdk.OpGetChildren2:
		frame = appendRead(frame, op)
	case sdk.OpSetACL:
		frame = appendSetACL(frame, op)
	case sdk.OpGetACL, sdk.OpSync, sdk.OpGetEphemerals, sdk.OpGetAllChildrenNumber:
		frame = appendString(frame, op.Path)
	case sdk.OpReconfig:
		frame = appendReconfig(frame, op.Members)
	case sdk.OpAuth:
		frame = appendAuth(frame, op)
	case sdk.OpSASL:
		frame = appendBuffer(frame, op.Data)
	case sdk.OpSetWatches:
		frame = appendSetWatches(frame, op.Watches)
	case sdk.OpSetWatches2:
		frame = appendSetWatches2(frame, op.Watches)
	case sdk.OpAddWatch:
		frame = appendAddWatch(frame, op)
	case sdk.OpCheckWatches, sdk.OpRemoveWatches:
		frame = appendWatchType(frame, op)
	case sdk.OpPing, sdk.OpWhoAmI, sdk.OpCloseSession:
	default:
		var ok bool
		if frame, ok = appendWrite(frame, op); !ok {
			return dst, fmt.Errorf("request of kind %d: %w", op.Kind, sdk.CodeUnimplemented)
		}
	}
	return finish(frame, at), nil
}

// DecodeRequest reads the request behind a header of kind into op. What op held before is gone; the room of its lists
// is used again, so that exists, getData and setData do not allocate.
//
// The op's strings and data refer to the body: it may be used only for as long as the body stays as it is, which is
// what sdk.Session.Submit needs. Whatever the error is, it wraps the sdk.Code that the client gets:
// sdk.CodeMarshallingError for what does not fit its record, and for what no server lets a client do a code by kind
// alone: see refuse.
func DecodeRequest(kind sdk.OpKind, body []byte, op *sdk.Op) error {
	*op = sdk.Op{Kind: kind, ACL: reuse(op.ACL), Ops: reuse(op.Ops)}
	d := decoder{rest: body}
	switch kind {
	case sdk.OpMulti, sdk.OpMultiRead:
		return d.multi(op)
	case sdk.OpExists, sdk.OpGetData, sdk.OpGetChildren, sdk.OpGetChildren2:
		d.read(op)
	case sdk.OpSetACL:
		d.setACL(op)
	case sdk.OpGetACL, sdk.OpGetAllChildrenNumber:
		op.Path = d.notNull()
	case sdk.OpSync, sdk.OpGetEphemerals:
		op.Path = d.string()
	case sdk.OpReconfig:
		op.Members = d.reconfig()
	case sdk.OpAuth:
		d.auth(op)
	case sdk.OpSASL:
		op.Data = d.buffer()
	case sdk.OpSetWatches:
		op.Watches = d.setWatches()
	case sdk.OpSetWatches2:
		op.Watches = d.setWatches2()
	case sdk.OpAddWatch:
		d.addWatch(op)
	case sdk.OpCheckWatches, sdk.OpRemoveWatches:
		d.watchType(op)
	case sdk.OpPing, sdk.OpWhoAmI, sdk.OpCloseSession:
	default:
		if kind == sdk.OpCheck || !d.write(op) {
			return refuse(kind)
		}
	}
	return d.requestErr(kind)
}

// opDeleteContainer is a kind that ZooKeeper knows and answers, and that no client may have done.
const opDeleteContainer sdk.OpKind = 20

// refuse is the answer to a kind that is not carried out, whatever its body: deleting containers is for the server
// alone, and everything else is unknown; so is check, outside of a multi.
func refuse(kind sdk.OpKind) error {
	code := sdk.CodeUnimplemented
	if kind == opDeleteContainer {
		code = sdk.CodeBadArguments
	}
	return fmt.Errorf("request of kind %d: %w", kind, code)
}

func (d *decoder) requestErr(kind sdk.OpKind) error {
	if d.bad {
		return fmt.Errorf("%v: %w", kind, sdk.CodeMarshallingError)
	}
	return nil
}

// reuse empties a list and keeps its room, unless that is large.
func reuse[T any](list []T) []T {
	if cap(list) > keepElements {
		return nil
	}
	return list[:0]
}
