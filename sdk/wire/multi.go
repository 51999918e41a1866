package wire

import (
	"fmt"

	"github.com/grove-coordination/grove/sdk"
)

// noError fills the err field of a MultiHeader that has nothing to say.
const noError = -1

// multiHeader stands in front of each operation and each result of a multi, and closes it.
type multiHeader struct {
	kind sdk.OpKind
	done bool
	code sdk.Code
}

func appendMultiHeader(dst []byte, h multiHeader) []byte {
	return appendInt(appendBool(appendInt(dst, int32(h.kind)), h.done), int32(h.code))
}

func appendMultiEnd(dst []byte) []byte {
	return appendMultiHeader(dst, multiHeader{kind: sdk.OpError, done: true, code: noError})
}

func (d *decoder) multiHeader() multiHeader {
	return multiHeader{kind: sdk.OpKind(d.int()), done: d.bool(), code: sdk.Code(d.int())}
}

func appendMulti(dst []byte, ops []sdk.Op) ([]byte, error) {
	for i := range ops {
		var ok bool
		dst = appendMultiHeader(dst, multiHeader{kind: ops[i].Kind, code: noError})
		if dst, ok = appendWrite(dst, &ops[i]); !ok {
			return nil, fmt.Errorf("operation %d of a multi, of kind %d: %w", i, ops[i].Kind, sdk.CodeUnimplemented)
		}
	}
	return appendMultiEnd(dst), nil
}

// multi reads operations until the closing header. Those that ZooKeeper knows and Grove does not are told apart from
// those that no multi may hold.
func (d *decoder) multi(op *sdk.Op) error {
	for {
		h := d.multiHeader()
		if d.bad || h.done {
			return d.requestErr(sdk.OpMulti)
		}
		inner := nextOp(&op.Ops)
		*inner = sdk.Op{Kind: h.kind, ACL: reuse(inner.ACL)}
		if !d.write(inner) {
			return fmt.Errorf("operation %d of a multi, of kind %d: %w", len(op.Ops)-1, h.kind, refusal(h.kind))
		}
		if d.bad {
			return d.requestErr(sdk.OpMulti)
		}
	}
}

// nextOp makes the list one longer. The op it returns may be one of a former request: the room of its lists is good.
func nextOp(ops *[]sdk.Op) *sdk.Op {
	if n := len(*ops); n < cap(*ops) {
		*ops = (*ops)[:n+1]
	} else {
		*ops = append(*ops, sdk.Op{})
	}
	return &(*ops)[len(*ops)-1]
}

// refusal is the code for a kind that a multi of Grove cannot hold: createContainer (19) and createTTL (21) are legal
// in ZooKeeper's.
func refusal(kind sdk.OpKind) sdk.Code {
	if kind == 19 || kind == 21 {
		return sdk.CodeUnimplemented
	}
	return sdk.CodeMarshallingError
}

// appendMultiResult gives create2 the result of a plain create, as a live ZooKeeper does: its type and the path.
func appendMultiResult(dst []byte, results []sdk.OpResult) []byte {
	for i := range results {
		r := &results[i]
		kind := r.Kind
		if kind == sdk.OpCreate2 {
			kind = sdk.OpCreate
		}
		dst = appendMultiHeader(dst, multiHeader{kind: kind, code: r.Code})
		switch kind {
		case sdk.OpCreate:
			dst = appendString(dst, r.Path)
		case sdk.OpSetData:
			dst = appendStat(dst, &r.Stat)
		case sdk.OpError:
			dst = appendInt(dst, int32(r.Code))
		}
	}
	return appendMultiEnd(dst)
}

// multiResult reads results until the closing header. A path and a stat behind create2 are what newer servers send.
func (d *decoder) multiResult() (results []sdk.OpResult) {
	for {
		h := d.multiHeader()
		if d.bad || h.done {
			return results
		}
		r := sdk.OpResult{Kind: h.kind, Code: h.code}
		switch h.kind {
		case sdk.OpCreate:
			r.Path = d.string()
		case sdk.OpCreate2:
			r.Path = d.string()
			d.stat(&r.Stat)
		case sdk.OpSetData:
			d.stat(&r.Stat)
		case sdk.OpError:
			r.Code = sdk.Code(d.int())
		case sdk.OpDelete, sdk.OpCheck:
		default:
			d.fail()
		}
		results = append(results, r)
	}
}
