package tree

import (
	"encoding/binary"
	"io"

	"github.com/grove-coordination/grove/sdk"
)

// entry reads one node as encoder.node writes it.
func (d *decoder) entry() (r entry) {
	d.name = d.append(d.name[:0], d.uvarint())
	r.name = lent(d.name)
	r.children = d.uvarint()
	r.data = d.data()
	r.acl = d.acl()
	for _, v := range [...]*int64{&r.czxid, &r.mzxid, &r.pzxid, &r.ctime, &r.mtime, &r.session, &r.creations} {
		*v = d.varint()
	}
	r.version, r.aversion = d.int32(), d.int32()
	r.lease = d.lease()
	if r.creations < 0 {
		d.fail("node %q counts %d creations", r.name, r.creations)
	}
	return r
}

// lease reads what it is in the snapshot: 0 for none, 1 for a container, else time to live + 1.
func (d *decoder) lease() int64 {
	if d.version < 2 {
		return 0
	}
	return int64(d.uvarint())
}

// acl reads the number of a list, or a new list.
func (d *decoder) acl() number {
	given := d.uvarint()
	if given > uint64(len(d.lists)) {
		d.fail("ACL %d of %d", given, len(d.lists))
	}
	if d.err != nil {
		return 0
	}
	if given > 0 {
		return d.lists[given-1]
	}
	list := d.tree.acls.acquire(d.entries())
	d.lists = append(d.lists, list)
	return list
}

func (d *decoder) entries() []sdk.ACL {
	var entries []sdk.ACL
	for n := d.uvarint(); n > 0 && d.err == nil; n-- {
		perms := sdk.Perm(d.int32())
		entries = append(entries, sdk.ACL{Perms: perms, Identity: sdk.Identity{Scheme: d.string(), ID: d.string()}})
	}
	if len(entries) == 0 {
		d.fail("empty ACL")
	}
	return entries
}

func (d *decoder) uvarint() uint64 {
	if v, n := binary.Uvarint(d.left); n > 0 {
		d.left = d.left[n:]
		return v
	}
	v, err := binary.ReadUvarint(d)
	if err != nil {
		d.fail("bad number")
	}
	return v
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) int32() int32 {
	v := d.varint()
	if v != int64(int32(v)) {
		d.fail("number %d has more than 32 bits", v)
	}
	return int32(v)
}

// ReadByte is for numbers that lie across two chunks.
func (d *decoder) ReadByte() (byte, error) {
	if len(d.left) == 0 && !d.fill() {
		return 0, io.ErrUnexpectedEOF
	}
	b := d.left[0]
	d.left = d.left[1:]
	return b, nil
}

// data reads bytes of which nil and empty are different values. They are lent until the next are read.
func (d *decoder) data() []byte {
	n := d.uvarint()
	if n == 0 {
		return nil
	}
	d.scratch = d.append(d.scratch[:0], n-1)
	return d.scratch
}

func (d *decoder) string() string {
	return string(d.append(nil, d.uvarint()))
}

// append appends the next n bytes to dst, which grows with what is there, not with what n says.
func (d *decoder) append(dst []byte, n uint64) []byte {
	for n > 0 {
		if len(d.left) == 0 && !d.fill() {
			d.fail("cut short")
			return dst
		}
		take := min(n, uint64(len(d.left)))
		dst = append(dst, d.left[:take]...)
		d.left = d.left[take:]
		n -= take
	}
	return dst
}
