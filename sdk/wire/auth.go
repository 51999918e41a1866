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
