package wire

import (
	"github.com/grove-coordination/grove/sdk"
)

func appendStat(dst []byte, s *sdk.Stat) []byte {
	dst = appendLong(dst, s.Czxid)
	dst = appendLong(dst, s.Mzxid)
	dst = appendLong(dst, s.Ctime)
	dst = appendLong(dst, s.Mtime)
	dst = appendInt(dst, s.Version)
	dst = appendInt(dst, s.Cversion)
	dst = appendInt(dst, s.Aversion)
	dst = appendLong(dst, s.EphemeralOwner)
	dst = appendInt(dst, s.DataLength)
	dst = appendInt(dst, s.NumChildren)
	return appendLong(dst, s.Pzxid)
}

func (d *decoder) stat(s *sdk.Stat) {
	*s = sdk.Stat{
		Czxid:          d.long(),
		Mzxid:          d.long(),
		Ctime:          d.long(),
		Mtime:          d.long(),
		Version:        d.int(),
		Cversion:       d.int(),
		Aversion:       d.int(),
		EphemeralOwner: d.long(),
		DataLength:     d.int(),
		NumChildren:    d.int(),
		Pzxid:          d.long(),
	}
}
