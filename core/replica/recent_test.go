package replica

import (
	"testing"

	"github.com/hashicorp/raft"
)

// Recent entries are those that were added last, as many as there is room for, and none that the log let go of.
func TestRecent(t *testing.T) {
	var r recent
	has := func(index uint64) bool {
		var e raft.Log
		return r.get(index, &e) && e.Index == index
	}
	r.add(entries(3, 6))
	if has(2) || !has(3) || !has(6) || has(7) {
		t.Error("3 to 6 were added")
	}
	r.add([]*raft.Log{{Index: 7, Data: make([]byte, recentBytes-2*perEntry)}})
	if has(5) || !has(7) {
		t.Error("there is room for the last two at most")
	}
	r.add(entries(20, 21))
	if has(7) || !has(20) || !has(21) {
		t.Error("what follows on a gap begins anew")
	}
	r.forget()
	if has(21) || r.bytes != 0 {
		t.Error("something is left")
	}
}

// What the log was cut off by is not answered from memory.
func TestRecentIsCutWithTheLog(t *testing.T) {
	s := mustOpen(t, newPlatter(), t.TempDir())
	defer s.close()
	if err := s.StoreLogs(entries(1, 5)); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteRange(4, 5); err != nil {
		t.Fatal(err)
	}
	var e raft.Log
	if err := s.GetLog(4, &e); err == nil {
		t.Errorf("entry 4 was cut off, and is %q", e.Data)
	}
	holds(t, s, 3)
}
