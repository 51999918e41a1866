package wire

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// words says records in words: what is shown of them, and what they are called.
type words struct {
	mask     bool // zxids and sessions are numbered
	discreet bool // no secret is shown
	shown    int  // bytes of data
	zxids    map[int64]bool
	sessions map[int64]int
}

// op is a request in words, each with a space in front.
func (w *words) op(op *sdk.Op) string {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer:
		return fmt.Sprintf(" %s data=%s acl=%s flags=%d", word(op.Path), w.data(op.Data), w.acl(op.ACL), op.Mode)
	case sdk.OpCreateTTL:
		return fmt.Sprintf(" %s data=%s acl=%s flags=%d ttl=%d", word(op.Path), w.data(op.Data), w.acl(op.ACL), op.Mode, op.TTL)
	case sdk.OpSetData:
		return fmt.Sprintf(" %s data=%s version=%d", word(op.Path), w.data(op.Data), op.Version)
	case sdk.OpDelete, sdk.OpCheck:
		return fmt.Sprintf(" %s version=%d", word(op.Path), op.Version)
	case sdk.OpExists, sdk.OpGetData, sdk.OpGetChildren, sdk.OpGetChildren2:
		return fmt.Sprintf(" %s watch=%t", word(op.Path), op.Watch)
	case sdk.OpSetACL:
		return fmt.Sprintf(" %s acl=%s version=%d", word(op.Path), w.acl(op.ACL), op.Version)
	case sdk.OpGetACL, sdk.OpSync, sdk.OpGetEphemerals, sdk.OpGetAllChildrenNumber:
		return " " + word(op.Path)
	case sdk.OpAddWatch, sdk.OpCheckWatches, sdk.OpRemoveWatches:
		return fmt.Sprintf(" %s type=%s", word(op.Path), watchWords[op.Type])
	case sdk.OpReconfig:
		return reshape(op.Members)
	case sdk.OpSASL:
		return " token=" + token(op.Data)
	case sdk.OpAuth:
		return fmt.Sprintf(" %s credential=%d bytes", word(op.Scheme), len(op.Data))
	case sdk.OpSetWatches:
		return w.watches(op.Watches)
	case sdk.OpSetWatches2:
		return fmt.Sprintf("%s persistent=%q recursive=%q", w.watches(op.Watches), op.Watches.Persistent, op.Watches.Recursive)
	case sdk.OpMulti, sdk.OpMultiRead:
		var b strings.Builder
		for i := range op.Ops {
			fmt.Fprintf(&b, " {%v%s}", op.Ops[i].Kind, w.op(&op.Ops[i]))
		}
		return b.String()
	}
	return ""
}

func (w *words) watches(list *sdk.Watches) string {
	return fmt.Sprintf(" zxid=%s data=%q exist=%q child=%q", w.zxid(list.RelativeZxid), list.Data, list.Exist, list.Child)
}

func reshape(r *sdk.Reshape) string {
	return fmt.Sprintf(" joining=%q leaving=%q members=%q version=%d", r.Joining, r.Leaving, r.Members, r.Version)
}

var watchWords = map[sdk.WatchType]string{
	sdk.WatchChildren: "children", sdk.WatchData: "data", sdk.WatchAny: "any",
	sdk.WatchPersistent: "persistent", sdk.WatchRecursive: "recursive",
}

// result is the body of a reply in words, each with a space in front.
func (w *words) result(m *sdk.Message) string {
	r := &m.Result
	switch m.Kind {
	case sdk.OpCreate, sdk.OpSync:
		return " " + word(r.Path)
	case sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL:
		return fmt.Sprintf(" %s %s", word(r.Path), w.stat(&r.Stat))
	case sdk.OpExists, sdk.OpSetData, sdk.OpSetACL:
		return " " + w.stat(&r.Stat)
	case sdk.OpGetData, sdk.OpReconfig:
		return fmt.Sprintf(" data=%s %s", w.data(r.Data), w.stat(&r.Stat))
	case sdk.OpSASL:
		return " token=" + token(r.Data)
	case sdk.OpGetACL:
		return fmt.Sprintf(" acl=%s %s", w.acl(r.ACL), w.stat(&r.Stat))
	case sdk.OpGetChildren, sdk.OpGetEphemerals:
		return fmt.Sprintf(" %q", r.Children)
	case sdk.OpGetChildren2:
		return fmt.Sprintf(" %q %s", r.Children, w.stat(&r.Stat))
	case sdk.OpMulti, sdk.OpMultiRead:
		return w.multi(r.Multi)
	case sdk.OpGetAllChildrenNumber:
		return fmt.Sprintf(" %d", r.Count)
	case sdk.OpWhoAmI:
		return " " + identities(r.Who)
	}
	return ""
}

func (w *words) multi(results []sdk.OpResult) string {
	var b strings.Builder
	for i := range results {
		r := &results[i]
		switch r.Kind {
		case sdk.OpError:
			fmt.Fprintf(&b, " {error %d}", r.Code)
		case sdk.OpCreate:
			fmt.Fprintf(&b, " {create %s}", word(r.Path))
		case sdk.OpCreate2:
			fmt.Fprintf(&b, " {create2 %s %s}", word(r.Path), w.stat(&r.Stat))
		case sdk.OpSetData:
			fmt.Fprintf(&b, " {setData %s}", w.stat(&r.Stat))
		case sdk.OpGetData:
			fmt.Fprintf(&b, " {getData data=%s %s}", w.data(r.Data), w.stat(&r.Stat))
		case sdk.OpGetChildren:
			fmt.Fprintf(&b, " {getChildren %q}", r.Children)
		default:
			fmt.Fprintf(&b, " {%v}", r.Kind)
		}
	}
	return b.String()
}

// stat leaves out what is zero in most nodes.
func (w *words) stat(s *sdk.Stat) string {
	var b strings.Builder
	fmt.Fprintf(&b, "stat[czxid=%s mzxid=%s pzxid=%s ctime=%s mtime=%s v=%d cv=%d av=%d", w.zxid(s.Czxid), w.zxid(s.Mzxid),
		w.zxid(s.Pzxid), w.time(s.Ctime), w.time(s.Mtime), s.Version, s.Cversion, s.Aversion)
	if s.EphemeralOwner != 0 {
		fmt.Fprintf(&b, " owner=%s", w.session(s.EphemeralOwner))
	}
	fmt.Fprintf(&b, " length=%d children=%d]", s.DataLength, s.NumChildren)
	return b.String()
}

// zxid of a masked trace is a place that String fills with the rank. 0 and below are no transactions.
func (w *words) zxid(zxid int64) string {
	switch {
	case zxid <= 0:
		return strconv.FormatInt(zxid, 10)
	case !w.mask:
		return fmt.Sprintf("%#x", zxid)
	}
	w.zxids[zxid] = true
	return placeholder(zxid)
}

func placeholder(zxid int64) string { return fmt.Sprintf("\x00%016x", zxid) }

func (w *words) session(id int64) string {
	switch {
	case id == 0:
		return "0"
	case !w.mask:
		return fmt.Sprintf("%#x", uint64(id))
	}
	if w.sessions[id] == 0 {
		w.sessions[id] = len(w.sessions) + 1
	}
	return "s" + strconv.Itoa(w.sessions[id])
}

func (w *words) time(millis int64) string {
	if w.mask && millis != 0 {
		return "t"
	}
	return strconv.FormatInt(millis, 10)
}

func (w *words) password(p []byte) string {
	switch {
	case p == nil:
		return "null"
	case strings.Trim(string(p), "\x00") == "":
		return fmt.Sprintf("%d zeros", len(p))
	case w.mask || w.discreet:
		return fmt.Sprintf("%d bytes", len(p))
	}
	return hex.EncodeToString(p)
}

func optional(value, absent bool) string {
	if absent {
		return "absent"
	}
	return strconv.FormatBool(value)
}

func kindWord(kind sdk.OpKind) string {
	if name := kind.String(); name != "" {
		return name
	}
	return fmt.Sprintf("kind %d", kind)
}

// word is text as it is when that is one plain word, and quoted otherwise.
func word(text string) string {
	if quoted := strconv.Quote(text); text == "" || strings.Contains(text, " ") || quoted != `"`+text+`"` {
		return quoted
	}
	return text
}

// data is what there is, shortened.
func (w *words) data(b []byte) string {
	switch {
	case b == nil:
		return "null"
	case w.shown == 0:
		return fmt.Sprintf("%d bytes", len(b))
	case len(b) > w.shown:
		return fmt.Sprintf("%q… (%d bytes)", b[:w.shown], len(b))
	}
	return strconv.Quote(string(b))
}

// token tells of a secret only how long it is.
func token(b []byte) string {
	if b == nil {
		return "null"
	}
	return fmt.Sprintf("%d bytes", len(b))
}

func (w *words) acl(list []sdk.ACL) string {
	entries := make([]string, len(list))
	for i, entry := range list {
		entries[i] = fmt.Sprintf("%s:%s:%d", word(entry.Scheme), word(w.id(entry.Identity)), entry.Perms)
	}
	return "[" + strings.Join(entries, " ") + "]"
}

// id is whom an identity names. That of a digest goes on with what a password can be guessed from.
func (w *words) id(who sdk.Identity) string {
	if shown := who.Shown(); w.discreet && who.Scheme == sdk.SchemeDigest && shown != who {
		return shown.ID + ":…"
	}
	return who.ID
}

func identities(list []sdk.Identity) string {
	words := make([]string, len(list))
	for i, who := range list {
		words[i] = word(who.Scheme) + ":" + word(who.ID)
	}
	return "[" + strings.Join(words, " ") + "]"
}
