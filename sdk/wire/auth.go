package wire

import (
	"github.com/grove-coordination/grove/sdk"
)

// appendAuth is type (always 0), scheme, credential.
func appendAuth(dst []byte, op *sdk.Op) []byte {
	return appendBuffer(appendString(appendInt(dst, 0), op.Scheme), op.Data)
}

func (d *decoder) auth(op *sdk.Op) {
	d.int()
	op.Scheme = d.string()
	op.Data = d.buffer()
}

// identitySize is the shortest identity: two empty strings.
const identitySize = 8

// appendWho is a list of scheme, user.
func appendWho(dst []byte, who []sdk.Identity) []byte {
	dst = appendInt(dst, int32(len(who)))
	for i := range who {
		dst = appendString(appendString(dst, who[i].Scheme), who[i].ID)
	}
	return dst
}

// who is nil for an empty list.
func (d *decoder) who() []sdk.Identity {
	n := d.count(identitySize)
	if n == 0 {
		return nil
	}
	who := make([]sdk.Identity, n)
	for i := range who {
		who[i].Scheme = d.string()
		who[i].ID = d.string()
	}
	return who
}
