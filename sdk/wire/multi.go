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

func appendMulti(dst []byte, op *sdk.Op) ([]byte, error) {
	for i := range op.Ops {
		ok, inner := true, &op.Ops[i]
		dst = appendMultiHeader(dst, multiHeader{kind: inner.Kind, code: noError})
		if op.Kind == sdk.OpMulti {
			dst, ok = appendWrite(dst, inner)
		} else if ok = readsInMulti(inner.Kind); ok {
			dst = appendRead(dst, inner)
		}
		if !ok {
			return nil, fmt.Errorf("operation %d of a %v, of kind %d: %w", i, op.Kind, inner.Kind, sdk.CodeUnimplemented)
		}
	}
	return appendMultiEnd(dst), nil
}

// readsInMulti reports whether a multiRead may hold the kind.
func readsInMulti(kind sdk.OpKind) bool { return kind == sdk.OpGetData || kind == sdk.OpGetChildren }

// multi reads the operations of a multi or a multiRead until the closing header.
func (d *decoder) multi(op *sdk.Op) error {
	for {
		h := d.multiHeader()
		if d.bad || h.done {
			return d.requestErr(op.Kind)
		}
		inner := nextOp(&op.Ops)
		*inner = sdk.Op{Kind: h.kind, ACL: reuse(inner.ACL)}
		if !d.inMulti(op.Kind, inner) {
			return fmt.Errorf("operation %d of a %v, of kind %d: %w", len(op.Ops)-1, op.Kind, h.kind, sdk.CodeMarshallingError)
		}
		if d.bad {
			return d.requestErr(op.Kind)
		}
	}
}

// inMulti reads one operation, and reports whether it is one that may be there.
func (d *decoder) inMulti(outer sdk.OpKind, op *sdk.Op) bool {
	if outer == sdk.OpMulti {
		return d.write(op)
	}
	if readsInMulti(op.Kind) {
		d.read(op)
		return true
	}
	return false
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

// resultKind is the type that stands in front of a result. There is none for containers and nodes with a TTL: they answer
// as create2.
func resultKind(kind sdk.OpKind) sdk.OpKind {
	if kind == sdk.OpCreateContainer || kind == sdk.OpCreateTTL {
		return sdk.OpCreate2
	}
	return kind
}

func appendMultiResult(dst []byte, results []sdk.OpResult) []byte {
	for i := range results {
		r := &results[i]
		kind := resultKind(r.Kind)
		dst = appendMultiHeader(dst, multiHeader{kind: kind, code: r.Code})
		switch kind {
		case sdk.OpCreate:
			dst = appendString(dst, r.Path)
		case sdk.OpCreate2:
			dst = appendStat(appendString(dst, r.Path), &r.Stat)
		case sdk.OpGetData:
			dst = appendStat(appendBuffer(dst, r.Data), &r.Stat)
		case sdk.OpGetChildren:
			dst = appendStrings(dst, r.Children)
		case sdk.OpSetData:
			dst = appendStat(dst, &r.Stat)
		case sdk.OpError:
			dst = appendInt(dst, int32(r.Code))
		}
	}
	return appendMultiEnd(dst)
}

// multiResult reads results until the closing header. A container or a node with a TTL reads as create2, and what a
// server answers to create2 may be a create: the kind that was asked is not in the reply.
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
		case sdk.OpGetData:
			r.Data = d.buffer()
			d.stat(&r.Stat)
		case sdk.OpGetChildren:
			r.Children = d.strings()
		case sdk.OpError:
			r.Code = sdk.Code(d.int())
		case sdk.OpDelete, sdk.OpCheck:
		default:
			d.fail()
		}
		results = append(results, r)
	}
}
