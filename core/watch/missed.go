package watch

import "github.com/grove-coordination/grove/sdk"

// Missed gives emit, in order, the events of transaction t that a Persistent or Recursive watch on path watched would
// have been told: what Fire makes of each change in turn, with the zxid of t. It asks for no permission, which the
// feed does not carry. It tells nothing for a one-shot kind.
func Missed(kind Kind, watched string, t sdk.Transaction, emit func(sdk.Event)) {
	for _, c := range t.Changes {
		if !kind.stays() || c.Kind == sdk.ACLChanged {
			continue
		}
		if c.Path == watched || kind == Recursive && sdk.Below(c.Path, watched) {
			emit(sdk.Event{Kind: ofNode(c.Kind), Path: c.Path, Zxid: t.Zxid})
		}
		if parent, _ := sdk.SplitPath(c.Path); kind == Persistent && c.Kind != sdk.Changed && parent == watched {
			emit(sdk.Event{Kind: sdk.EventChildrenChanged, Path: parent, Zxid: t.Zxid})
		}
	}
}

// ofNode is the event that a change of a node is to those who watch the node itself.
func ofNode(kind sdk.ChangeKind) sdk.EventKind {
	switch kind {
	case sdk.Created:
		return sdk.EventCreated
	case sdk.Deleted:
		return sdk.EventDeleted
	}
	return sdk.EventDataChanged
}
