package nats

import (
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/grove-coordination/grove/sdk"
)

// The headers of a message. Numbers are decimal.
const (
	headerZxid    = "Grove-Zxid"           // of the transaction
	headerIndex   = "Grove-Idx"            // of the change in its transaction, from 0
	headerSize    = "Grove-Txn-Size"       // changes in the transaction
	headerKind    = "Grove-Kind"           // created, changed, deleted, acl, gap, snapshot, skipped, progress
	headerPath    = "Grove-Path"           // every byte outside 0x21..0x7e, and %, is %XX
	headerVersion = "Grove-Version"        // of the data after the change; of the ACL for acl
	headerCut     = "Grove-Truncated"      // true: the body is cut, it was larger than the server takes
	headerCutPath = "Grove-Path-Truncated" // true: the path is cut
	headerFrom    = "Grove-Gap-From"       // of a gap: the changes after this zxid
	headerTo      = "Grove-Gap-To"         // of a gap: up to and including this one are missing
	headerState   = "Grove-Snapshot"       // follows, with a gap; true, of a node as it is; end
	headerMzxid   = "Grove-Mzxid"          // of a node as it is: the transaction that wrote its data
	headerSkipped = "Grove-Skipped"        // of an end: nodes that may not be read; -1 for all
	headerBytes   = "Grove-Bytes"          // of what was skipped: what it would have needed
	headerID      = jetstream.MsgIDHeader  // [<cluster>-]<zxid in hexadecimal>-<index>; see pipeline.bind
	headerLastID  = jetstream.ExpectedLastMsgIDHeader
	headerSeal    = "Grove-Seal" // that the message is the adapter's; see sealer
	headerLast    = jetstream.ExpectedLastSeqHeader
)

// kindGap is the kind, and the last token of the subject, of a message that stands for changes that are lost.
const kindGap = "gap"

// kindSnapshot is the kind of a message that tells a node as it is, and of the one after the last of them.
const kindSnapshot = "snapshot"

// kindSkipped is the kind of a message that stands for a change that no message can hold.
const kindSkipped = "skipped"

// kindProgress is the kind of a message that says how far the adapter has looked while nothing passed its filter.
const kindProgress = "progress"

// What headerState says.
const (
	stateFollows = "follows"
	stateNode    = "true"
	stateEnd     = "end"
)

const (
	maxPathHeader = 16 << 10 // JetStream has 64 KiB for all headers
	cutHeader     = 64       // for what is added after the body was cut
	boundHeader   = 240      // for what pipeline.bind adds, but the name of the cluster
)

// format makes messages.
type format struct {
	prefix     string
	cluster    string
	body       string // bodyRaw or another of the forms
	maxPayload int    // of headers and body together
}

// change is the message for one change of a transaction.
func (f format) change(txn *sdk.Transaction, index int) *nats.Msg {
	c := &txn.Changes[index]
	msg := f.message(Subject(f.prefix, c.Kind.String(), c.Path), place{txn.Zxid, index, len(txn.Changes), false}, c.Kind.String())
	setPath(msg, c.Path)
	msg.Header.Set(headerVersion, strconv.FormatInt(int64(c.Version), 10))
	f.setBody(msg, c.Data, contentOf(txn, index))
	return msg
}

func setPath(msg *nats.Msg, path string) {
	escaped := appendEscaped(nil, path, plainInHeader)
	if len(escaped) > maxPathHeader {
		escaped = escaped[:maxPathHeader]
		msg.Header.Set(headerCutPath, "true")
	}
	msg.Header.Set(headerPath, string(escaped))
}

// node is the message for a node as it is, in a snapshot behind the gap that ends with zxid. It has no message id, as
// a snapshot that is begun again must be stored again.
func (f format) node(zxid int64, path string, r *sdk.Result) *nats.Msg {
	msg := f.asItIs(zxid, path, r.Stat.Version)
	msg.Header.Set(headerMzxid, strconv.FormatInt(r.Stat.Mzxid, 10))
	f.setBody(msg, r.Data, content{
		Zxid: r.Stat.Mzxid, Size: 1, Time: r.Stat.Mtime, Kind: kindSnapshot, Path: path, Version: r.Stat.Version,
		Owner: sessionText(r.Stat.EphemeralOwner),
	})
	return msg
}

// state is the message for a node as it was at zxid, in a snapshot of that moment.
func (f format) state(zxid int64, c *sdk.Change) *nats.Msg {
	msg := f.asItIs(zxid, c.Path, c.Version)
	f.setBody(msg, c.Data, content{
		Zxid: zxid, Size: 1, Kind: kindSnapshot, Path: c.Path, Version: c.Version, Owner: sessionText(c.Owner),
	})
	return msg
}

func (f format) asItIs(zxid int64, path string, version int32) *nats.Msg {
	msg := f.message(Subject(f.prefix, kindSnapshot, path), place{zxid, 0, 1, false}, kindSnapshot)
	msg.Header.Del(headerID)
	msg.Header.Set(headerState, stateNode)
	msg.Header.Set(headerVersion, strconv.FormatInt(int64(version), 10))
	setPath(msg, path)
	return msg
}

// skippedNode is the message for a node that would need so many bytes, more than the server takes.
func (f format) skippedNode(zxid int64, bytes int) *nats.Msg {
	msg := f.message(f.prefix+"."+kindSkipped, place{zxid, 0, 1, false}, kindSkipped)
	msg.Header.Del(headerID)
	msg.Header.Set(headerState, stateNode)
	msg.Header.Set(headerBytes, strconv.Itoa(bytes))
	return f.setMark(msg, zxid, kindSkipped)
}

// complete is the message after a snapshot, with how many nodes could not be read.
func (f format) complete(zxid int64, skipped int) *nats.Msg {
	msg := f.message(f.prefix+"."+kindSnapshot, place{zxid, 0, 1, false}, kindSnapshot)
	msg.Header.Del(headerID)
	msg.Header.Set(headerState, stateEnd)
	msg.Header.Set(headerSkipped, strconv.Itoa(skipped))
	return f.setMark(msg, zxid, kindSnapshot)
}

// skipped is the message that stands for a change that would need so many bytes, more than the server takes. It has no
// path, which may be what is too long.
func (f format) skipped(txn *sdk.Transaction, index, bytes int) *nats.Msg {
	msg := f.message(f.prefix+"."+kindSkipped, place{txn.Zxid, index, len(txn.Changes), false}, kindSkipped)
	msg.Header.Set(headerBytes, strconv.Itoa(bytes))
	return f.setMark(msg, txn.Zxid, kindSkipped)
}

// progress is the message that says that nothing up to zxid passed the filter.
func (f format) progress(zxid int64) *nats.Msg {
	msg := f.message(f.prefix+"."+kindProgress, place{zxid, 0, 1, false}, kindProgress)
	msg.Header.Set(headerID, msg.Header.Get(headerID)+"-"+kindProgress)
	return f.setMark(msg, zxid, kindProgress)
}

// gap is the message that stands for the changes after from, up to and including to, which the feed no longer has.
// Its place is the end of the gap, so that the next adapter goes on there. Follows says
// that a snapshot comes next.
func (f format) gap(from, to int64, follows bool) *nats.Msg {
	msg := f.message(f.prefix+"."+kindGap, place{to, 0, 1, false}, kindGap)
	if follows {
		msg.Header.Set(headerState, stateFollows)
	}
	msg.Header.Set(headerID, msg.Header.Get(headerID)+"-"+kindGap)
	msg.Header.Set(headerFrom, strconv.FormatInt(from, 10))
	msg.Header.Set(headerTo, strconv.FormatInt(to, 10))
	return f.setMark(msg, to, kindGap)
}

func (f format) message(subject string, at place, kind string) *nats.Msg {
	msg := nats.NewMsg(subject)
	id := fmt.Sprintf("%x-%d", at.zxid, at.index)
	if f.cluster != "" {
		id = f.cluster + "-" + id
	}
	msg.Header.Set(headerID, id)
	msg.Header.Set(headerZxid, strconv.FormatInt(at.zxid, 10))
	msg.Header.Set(headerIndex, strconv.Itoa(at.index))
	msg.Header.Set(headerSize, strconv.Itoa(at.size))
	msg.Header.Set(headerKind, kind)
	return msg
}

// setBody cuts what the server would refuse: a message that can never be stored would hold up all after it.
func (f format) setBody(msg *nats.Msg, data []byte, about content) {
	switch f.body {
	case bodyCloud:
		msg.Header.Set(headerContent, contentCloud)
	case bodyCloudBinary:
		f.cloud(cloudID(msg, about), about).setHeaders(msg, data)
	}
	size := cutHeader + f.bound()
	for key, values := range msg.Header {
		for _, value := range values {
			size += len(key) + len(value) + len(": \r\n")
		}
	}
	room, cut := max(f.maxPayload-size, 0), false
	switch f.body {
	case bodyJSON:
		msg.Data, cut = about.encode(data, room)
	case bodyCloud:
		msg.Data, cut = fill(data, room, f.cloud(cloudID(msg, about), about).write)
	default:
		msg.Data, cut = data[:min(len(data), room)], len(data) > room
	}
	if cut {
		msg.Header.Set(headerCut, "true")
	}
}

// fits reports whether the server takes the message, and how many bytes it needs.
func (f format) fits(msg *nats.Msg) (size int, fits bool) {
	size = msg.Size() - len(msg.Subject) + f.bound()
	return size, size <= f.maxPayload
}

// bound is how many bytes pipeline.bind may add.
func (f format) bound() int { return boundHeader + len(f.cluster) }

func plainInHeader(c byte) bool { return c > ' ' && c < 0x7f && c != '%' }

// place is how far a stream has got: the change it ends with. The zero place is before everything.
type place struct {
	zxid  int64
	index int  // of the change in its transaction
	size  int  // changes of the transaction
	owed  bool // a snapshot has been announced and is not complete
}

// whole reports whether nothing of the transaction is missing.
func (p place) whole() bool { return p.index+1 >= p.size }

// from is what to follow the feed from: a transaction that is not whole comes again.
func (p place) from() int64 {
	if p.whole() {
		return p.zxid
	}
	return p.zxid - 1
}

// placeOf reads the place of a message of ours.
func placeOf(header nats.Header) (place, error) {
	zxid, err := strconv.ParseInt(header.Get(headerZxid), 10, 64)
	if err != nil {
		return place{}, fmt.Errorf("header %s %q", headerZxid, header.Get(headerZxid))
	}
	index, err := strconv.Atoi(header.Get(headerIndex))
	if err != nil || index < 0 {
		return place{}, fmt.Errorf("header %s %q", headerIndex, header.Get(headerIndex))
	}
	size, err := strconv.Atoi(header.Get(headerSize))
	if err != nil || size <= index {
		return place{}, fmt.Errorf("header %s %q", headerSize, header.Get(headerSize))
	}
	state := header.Get(headerState)
	return place{zxid, index, size, state == stateFollows || state == stateNode}, nil
}
