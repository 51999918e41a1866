package txn

import "github.com/grove-coordination/grove/sdk"

// layout is the set of fields that an op of some kind has in the log, written in the order of the bits.
type layout uint16

const (
	hasPath layout = 1 << iota
	hasData
	hasACL
	hasMode
	hasTTL
	hasVersion
	hasOps
	hasMembers
	isKnown // a kind that may have no fields at all
)

// layoutOf is 0 for a kind that never stands in the log.
func layoutOf(kind sdk.OpKind) layout {
	switch kind {
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer:
		return isKnown | hasPath | hasData | hasACL | hasMode
	case sdk.OpCreateTTL:
		return isKnown | hasPath | hasData | hasACL | hasMode | hasTTL
	case sdk.OpDelete, sdk.OpCheck:
		return isKnown | hasPath | hasVersion
	case sdk.OpSetData:
		return isKnown | hasPath | hasData | hasVersion
	case sdk.OpSetACL:
		return isKnown | hasPath | hasACL | hasVersion
	case sdk.OpSync:
		return isKnown | hasPath
	case sdk.OpMulti:
		return isKnown | hasOps
	case sdk.OpReconfig:
		return isKnown | hasMembers
	case sdk.OpCloseSession:
		return isKnown
	}
	return 0
}
