package replica

import (
	"errors"
	"fmt"

	"github.com/hashicorp/raft"
)

// DeleteRange implements raft.LogStore.
func (s *store) DeleteRange(from, to uint64) error {
	s.recent.forget()
	return s.fault.guard("cut the log", func() error {
		first, err := s.FirstIndex()
		last, more := s.LastIndex()
		if err = errors.Join(err, more); err == nil && from <= first && to >= last {
			to, err = s.empty(last)
		}
		if err != nil {
			return err
		}
		return s.WAL.DeleteRange(from, to)
	})
}

// emptiedKey is set while the log may be empty though it has held something: the file for its next entries is made like any
// other, and is kept for sure when there is one in it. Without the note a file that a power cut took would be missed.
var emptiedKey = []byte("GroveEmptied")

// empty is called before all of the log goes, up to last, and says up to where it may.
//
// Raft lets all go when it was given a snapshot, also when the log has what the snapshot ends with and more: entries that
// this node has acknowledged, and that raft itself goes on to count on (hashicorp/raft, issue 697). These stay, and
// with them the one that they follow on, which the leader will ask for.
func (s *store) empty(last uint64) (to uint64, err error) {
	list, err := s.snapshots.List()
	if err != nil {
		return 0, fmt.Errorf("snapshots: %w", err)
	}
	if len(list) > 0 && list[0].Index < last && s.has(list[0].Index, list[0].Term) {
		return list[0].Index - 1, nil
	}
	s.emptied.Store(true)
	return last, s.SetUint64(emptiedKey, 1)
}

// has reports whether the log has an entry.
func (s *store) has(index, term uint64) bool {
	var entry raft.Log
	return s.GetLog(index, &entry) == nil && entry.Term == term
}

// noteFilled is called when entries are durable, and before anybody hears of that.
func (s *store) noteFilled() error {
	if !s.emptied.Swap(false) {
		return nil
	}
	return s.SetUint64(emptiedKey, 0)
}
