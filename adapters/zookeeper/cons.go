package zookeeper

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// brief is how stat tells of a connection; the closing bracket is left to the caller. The number in brackets says
// whether the connection is read, which one that asks a four-letter word is not any more.
func (c *conn) brief(asks bool) string {
	reading := 1
	if asks {
		reading = 0
	}
	r := c.record
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("/%s[%d](queued=%d,recved=%d,sent=%d", c.socket.RemoteAddr(), reading, max(0, r.waiting),
		r.own.received, r.own.sent)
}

// detail is what cons adds to it, once there is a session.
func (r *record) detail() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.session.ID == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, ",sid=%#x,lop=%s,est=%d,to=%d", uint64(r.session.ID), cmp.Or(lastOps[r.last.op], "SESS"),
		r.since.UnixMilli(), r.session.Timeout.Milliseconds())
	if r.last.xid >= 0 {
		fmt.Fprintf(&b, ",lcxid=%#x", r.last.xid)
	}
	var answered int64
	if !r.last.at.IsZero() {
		answered = r.last.at.UnixMilli()
	}
	fmt.Fprintf(&b, ",lzxid=%#x,lresp=%d,llat=%d,minlat=%d,avglat=%d,maxlat=%d", uint64(r.last.zxid), answered,
		r.last.took.Milliseconds(), r.own.least.Milliseconds(), int64(r.own.mean()), r.own.longest())
	return b.String()
}

// lastOps are the names that cons gives operations.
var lastOps = map[sdk.OpKind]string{
	sdk.OpCreate: "CREA", sdk.OpCreate2: "CREA", sdk.OpCreateContainer: "CREA", sdk.OpCreateTTL: "CREA", sdk.OpDelete: "DELE",
	sdk.OpExists: "EXIS", sdk.OpGetData: "GETD", sdk.OpSetData: "SETD", sdk.OpGetACL: "GETA", sdk.OpSetACL: "SETA",
	sdk.OpGetChildren: "GETC", sdk.OpGetChildren2: "GETC", sdk.OpSync: "SYNC", sdk.OpPing: "PING", sdk.OpMulti: "MULT",
	sdk.OpMultiRead: "MLTR", sdk.OpSetWatches: "SETW", sdk.OpSetWatches2: "STW2", sdk.OpAddWatch: "ADDW",
	sdk.OpCheckWatches: "CHKW", sdk.OpRemoveWatches: "REMW", sdk.OpGetEphemerals: "GETE", sdk.OpGetAllChildrenNumber: "GACN",
	sdk.OpWhoAmI: "HOMI", sdk.OpCloseSession: "CLOS",
}
