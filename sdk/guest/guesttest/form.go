package guesttest

import (
	"strconv"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

// Form is a write in words, everything that a validator is told, what it may read of the tree at the paths of the
// write, and the settings. It is one line of ASCII:
//
//	form      ["multi "] ["tree "] "time=" int " session=" int {" id=" text ":" text} {operation} {setting}
//	operation " op=" kind "/" mode "/" version " " path " " data {" acl=" perms ":" scheme ":" id} " old=" node
//	          [" get=" node " children=" names]   with the tree: what is at the path
//	setting   " set=" key ":" value ["=" int | "=true" | "=false"]
//	node      "-" when it is not told, "absent", or czxid/mzxid/ctime/mtime/version/owner " " data
//	names     "absent", or "[" text {"," text} "]"
//
// Text and data are as [Quote] has them; numbers are decimal.
func Form(write *sdk.Write, settings []byte) string {
	var f former
	if write.Multi {
		f.put("multi ")
	}
	if write.Tree != nil {
		f.put("tree ")
	}
	f.put("time=").number(write.Time).put(" session=").number(write.Session)
	for i := range write.Identities {
		f.put(" id=").identity(&write.Identities[i])
	}
	for i := range write.Ops {
		f.operation(&write.Ops[i], write.Tree)
	}
	for key, value := range guest.Lines(settings) {
		f.setting(key, value)
	}
	return string(f.text)
}

// former appends pieces of a form.
type former struct{ text []byte }

func (f *former) put(text string) *former {
	f.text = append(f.text, text...)
	return f
}

func (f *former) number(n int64) *former {
	f.text = strconv.AppendInt(f.text, n, 10)
	return f
}

func (f *former) quote(text string) *former {
	f.text = Quote(f.text, text)
	return f
}

func (f *former) identity(identity *sdk.Identity) *former {
	return f.quote(identity.Scheme).put(":").quote(identity.ID)
}

func (f *former) operation(op *sdk.WriteOp, tree sdk.Tree) {
	f.put(" op=").number(int64(op.Kind)).put("/").number(int64(op.Mode)).put("/").number(int64(op.Version))
	f.put(" ").quote(op.Path).put(" ").data(op.Data)
	for i := range op.ACL {
		f.put(" acl=").number(int64(op.ACL[i].Perms)).put(":").identity(&op.ACL[i].Identity)
	}
	f.put(" old=").node(op.Old)
	if tree != nil {
		node := tree.Get(op.Path)
		f.put(" get=").node(&node).put(" children=").names(tree.Children(op.Path))
	}
}

func (f *former) data(data []byte) *former {
	if data == nil {
		return f.put("-")
	}
	return f.quote(string(data))
}

func (f *former) node(node *sdk.Node) *former {
	switch {
	case node == nil:
		return f.put("-")
	case !node.Present:
		return f.put("absent")
	}
	s := &node.Stat
	for _, n := range [...]int64{s.Czxid, s.Mzxid, s.Ctime, s.Mtime, int64(s.Version)} {
		f.number(n).put("/")
	}
	return f.number(s.EphemeralOwner).put(" ").data(node.Data)
}

func (f *former) names(names []string) {
	if names == nil {
		f.put("absent")
		return
	}
	f.put("[")
	for i, name := range names {
		if i > 0 {
			f.put(",")
		}
		f.quote(name)
	}
	f.put("]")
}

func (f *former) setting(key, value string) {
	f.put(" set=").quote(key).put(":").quote(value)
	if n, ok := guest.Int(value); ok {
		f.put("=").number(n)
	} else if on, ok := guest.Bool(value); ok && on {
		f.put("=true")
	} else if ok {
		f.put("=false")
	}
}

// quoteLimit is the most that is quoted as it is.
const quoteLimit = 24

// Quote appends bytes between single quotes, those that are not printable ASCII, a quote or a backslash as \xx with
// two hexadecimal digits. Of more than 24 bytes there are only #length.hash, eight digits of FNV-1a.
func Quote(dst []byte, text string) []byte {
	if len(text) > quoteLimit {
		dst = append(strconv.AppendInt(append(dst, '#'), int64(len(text)), 10), '.')
		for shift, sum := 28, Sum([]byte(text)); shift >= 0; shift -= 4 {
			dst = append(dst, digits[sum>>shift&15])
		}
		return dst
	}
	dst = append(dst, '\'')
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '\'' || c == '\\' {
			dst = append(dst, '\\', digits[c>>4], digits[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return append(dst, '\'')
}

const digits = "0123456789abcdef"

// Sum is the FNV-1a hash of 32 bits.
func Sum(data []byte) uint32 {
	sum := uint32(2166136261)
	for _, c := range data {
		sum = (sum ^ uint32(c)) * 16777619
	}
	return sum
}
