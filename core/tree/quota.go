package tree

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// A quota on /a/b is the node /zookeeper/quota/a/b/zookeeper_limits; how much is used stands in zookeeper_stats beside it,
// if a client has made that node, as ZooKeeper's clients do.
const (
	limitsName = "zookeeper_limits"
	statsName  = "zookeeper_stats"
)

// settingPath is the node that says whether hard limits are enforced, and softSetting what it holds if they are not. All
// else in it, and no such node, leaves them enforced.
const (
	settingPath = sdk.GroveRoot + "/settings/quota"
	softSetting = "soft"
)

// amount is a number of nodes and of bytes of their data; of a limit, a negative number is none.
type amount struct{ nodes, bytes int64 }

// quota is what the text of a limits node asks for.
type quota struct {
	soft amount // may be passed, which is counted
	hard amount // may not
}

// maxLimits bounds the text of a limits node; ZooKeeper's clients write less than a hundred bytes.
const maxLimits = 1 << 10

// parseQuota reads a text such as "count=5,bytes=-1=;byteHardLimit=1000;countHardLimit=7". Anybody may write anything
// there: what cannot be read is no limit.
func parseQuota(data []byte) quota {
	q := quota{soft: amount{-1, -1}, hard: amount{-1, -1}}
	if len(data) > maxLimits {
		return q
	}
	limits := map[string]*int64{
		"count": &q.soft.nodes, "bytes": &q.soft.bytes, "countHardLimit": &q.hard.nodes, "byteHardLimit": &q.hard.bytes,
	}
	for pair := range strings.FieldsFuncSeq(string(data), func(r rune) bool { return r == ',' || r == ';' }) {
		key, value, _ := strings.Cut(pair, "=")
		limit, known := limits[key]
		if n, err := strconv.ParseInt(strings.TrimSuffix(value, "="), 10, 64); known && err == nil {
			*limit = n
		}
	}
	return q
}

// passed reports whether growth takes what is there beyond the limit. What does not grow passes nothing.
func (limit amount) passed(there, growth amount) bool {
	return growth.nodes > 0 && limit.nodes >= 0 && there.nodes+growth.nodes > limit.nodes ||
		growth.bytes > 0 && limit.bytes >= 0 && there.bytes+growth.bytes > limit.bytes
}

// affords reports whether all quotas on path and above it have room for what the write would add there, and counts those
// whose limits it would pass and may. Without quotas it costs nothing. Quotas stop clients, and not what the server itself
// writes as super, such as history, which has bounds of its own and would end unseen.
func (w *write) affords(path string, growth amount) bool {
	t := w.tree
	if len(t.quotas) == 0 || w.who.Session == 0 && sdk.IsSuper(w.who.Identities) {
		return true
	}
	for governed := range line(path) {
		q, ok := t.quotas[governed]
		if !ok {
			continue
		}
		var there amount
		there.nodes, there.bytes = t.Extent(governed)
		hard := q.hard.passed(there, growth)
		if hard && !t.lenient {
			return false
		}
		if hard || q.soft.passed(there, growth) {
			w.passed++
		}
	}
	return true
}

// line gives the paths of the nodes on the way down to path, itself included, the root not.
func line(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 1; i < len(path); i++ {
			if path[i] == '/' && !yield(path[:i]) {
				return
			}
		}
		yield(path)
	}
}

// SoftQuotaPassed is how often a write that was done has gone beyond a soft limit, or a hard one while those are not
// enforced, since the tree was made or loaded: once for each op and each quota. It is for those who watch over the server,
// and no part of the state.
func (t *Tree) SoftQuotaPassed() int64 { return t.overSoft }

// quotaNode is the path that a limits or stats node is for. The root has no quota, and the tree's own nodes have none, or
// somebody could lock up what limits are written with.
func quotaNode(path string) (governed string, ok bool) {
	rest, ok := strings.CutPrefix(path, quotaPath)
	if !ok || !strings.HasPrefix(rest, "/") {
		return "", false
	}
	governed, name := sdk.SplitPath(rest)
	if governed == "" || governed == rootPath || sdk.Below(governed, systemPath) {
		return "", false
	}
	return governed, name == limitsName || name == statsName
}

// settle makes limits, their setting and stats right after a transaction that has done all it does. So a transaction that
// fails leaves no trace in them, and limits hold from the next one on.
func (w *write) settle() {
	t, done := w.tree, w.effects[w.told:]
	t.bury(buryAtOnce + 2*len(done))
	if len(done) > 0 {
		t.overSoft += w.passed
	}
	for i := range done {
		if governed, ok := quotaNode(done[i].Path); ok {
			t.govern(governed)
		}
		if done[i].Path == settingPath {
			t.relent()
		}
	}
	if len(t.quotas) == 0 {
		return
	}
	touched := map[string]struct{}{}
	for i := range done {
		path := done[i].Path
		if governed, ok := quotaNode(path); ok {
			path = governed // whatever was written into its stats does not stay
		}
		for above := range line(path) {
			if _, ok := t.quotas[above]; ok {
				touched[above] = struct{}{}
			}
		}
	}
	for governed := range touched {
		t.report(governed)
	}
}

// relent takes over what the setting says now.
func (t *Tree) relent() {
	at := t.find(settingPath)
	t.lenient = at != 0 && string(t.data(t.nodes.at(at))) == softSetting
}

// govern takes over what the limits node of a path says now, or that there is none.
func (t *Tree) govern(governed string) {
	if at := t.find(quotaPath + governed + "/" + limitsName); at != 0 {
		t.quotas[strings.Clone(governed)] = parseQuota(t.data(t.nodes.at(at)))
	} else {
		delete(t.quotas, governed)
	}
}

// report writes what is used into the stats node of a path, if there is one. That is no write of a client: nothing but the
// data moves, and nobody is told.
func (t *Tree) report(governed string) {
	if at := t.find(quotaPath + governed + "/" + statsName); at != 0 {
		nodes, bytes := t.Extent(governed)
		t.setData(at, fmt.Appendf(nil, "count=%d,bytes=%d", nodes, bytes))
	}
}
