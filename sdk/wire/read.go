package wire

import (
	"github.com/grove-coordination/grove/sdk"
)

// appendRead is exists, getData, getChildren and getChildren2: path, watch.
func appendRead(dst []byte, op *sdk.Op) []byte {
	return appendBool(appendString(dst, op.Path), op.Watch)
}

func (d *decoder) read(op *sdk.Op) {
	op.Path = d.notNull()
	op.Watch = d.bool()
}
