package abi

import (
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// DecodeRequest reads a request into write. Paths, data and identities are parts of request, not copies: they are
// good for as long as its bytes stay what they are. The lists that write already has are used again. Tree becomes
// tree if the request says that it may be read, else nil. The only error is ErrMalformed; a request of another version
// is that too.
func DecodeRequest(request []byte, write *sdk.Write, tree sdk.Tree) error {
	whole := reader{data: request}
	r := whole.record()
	if version := r.u32(); version != Version {
		return ErrMalformed
	}
	flags := r.u32()
	write.Multi, write.Tree = flags&flagMulti != 0, nil
	if flags&flagTree != 0 {
		write.Tree = tree
	}
	write.Time = r.i64()
	write.Session = r.i64()
	write.Identities = resize(write.Identities, r.count(minIdentity))
	for i := range write.Identities {
		field := r.record()
		field.identity(&write.Identities[i])
		r.close(&field)
	}
	write.Ops = resize(write.Ops, r.count(minOp))
	for i := range write.Ops {
		field := r.record()
		field.op(&write.Ops[i])
		r.close(&field)
	}
	if r.bad {
		return ErrMalformed
	}
	return nil
}

func (r *reader) op(op *sdk.WriteOp) {
	op.Kind = sdk.OpKind(r.u32())
	op.Mode = sdk.CreateMode(r.u32())
	op.Version = int32(r.u32())
	op.Path = r.string()
	op.Data = r.bytes()
	op.ACL = resize(op.ACL, r.count(minACL))
	for i := range op.ACL {
		field := r.record()
		op.ACL[i].Perms = sdk.Perm(field.u32())
		field.identity(&op.ACL[i].Identity)
		r.close(&field)
	}
	r.old(op)
}

// old reads the node that an operation meets, if it is told, into the one that op has already.
func (r *reader) old(op *sdk.WriteOp) {
	ahead := *r
	if ahead.u32() == 0 {
		*r, op.Old = ahead, nil
		return
	}
	if op.Old == nil {
		op.Old = new(sdk.Node)
	}
	field := r.record()
	*op.Old = field.node()
	r.close(&field)
}

func (r *reader) identity(identity *sdk.Identity) {
	identity.Scheme = r.string()
	identity.ID = r.string()
}

// resize gives list n entries and keeps what they held, so that lists inside them are used again too.
func resize[E any](list []E, n int) []E {
	return slices.Grow(list[:0], n)[:n]
}
