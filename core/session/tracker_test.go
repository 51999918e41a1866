package session

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestTrackerExpiresTheSilent(t *testing.T) {
	tracker, start := NewTracker(), time.Unix(1000, 0)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	expect := func(seconds int, want ...Due) {
		t.Helper()
		if got := tracker.Expired(at(seconds)); !slices.Equal(got, want) {
			t.Errorf("after %d s expired %v, want %v", seconds, got, want)
		}
	}
	tracker.Track(Due{1, 0}, 10*time.Second, at(0))
	tracker.Track(Due{2, 0}, 10*time.Second, at(0))
	tracker.Track(Due{3, 0}, 30*time.Second, at(0))
	expect(9)
	tracker.Heard([]int64{2, 99}, at(9))
	expect(10, Due{1, 0}) // 2 was heard of, its place in the heap is corrected
	expect(18)
	expect(19, Due{2, 0})
	expect(25)
	tracker.Track(Due{3, 1}, 10*time.Second, at(25)) // taken up again with a shorter time-out
	expect(30)                                       // the old deadline has no say any more
	tracker.Shift(5 * time.Second)                   // nobody listened for so long
	expect(39)
	expect(40, Due{3, 1})
	tracker.Track(Due{4, 0}, 10*time.Second, at(40))
	tracker.Forget(4)
	expect(100)
}

func TestTrackerTakesEachOut(t *testing.T) {
	tracker, start := NewTracker(), time.Unix(1000, 0)
	for id := range int64(1000) {
		tracker.Track(Due{Session: id}, time.Duration(id%7+1)*time.Second, start)
	}
	var all []Due
	for second := range 8 {
		expired := tracker.Expired(start.Add(time.Duration(second) * time.Second))
		for _, due := range expired {
			if want := int(due.Session%7) + 1; want != second {
				t.Errorf("session %d expired after %d s, want %d", due.Session, second, want)
			}
		}
		all = append(all, expired...)
	}
	if len(all) != 1000 || len(tracker.heap) != 0 {
		t.Errorf("%d expired, %d left in the heap", len(all), len(tracker.heap))
	}
}

func TestTableResume(t *testing.T) {
	table, secret := NewTable(), bytes.Repeat([]byte{7}, 16)
	table.Open(5, secret, 4000)
	table.Get(5).Next = 9
	if table.Resume(5, bytes.Repeat([]byte{8}, 16), 1) != nil || table.Resume(6, secret, 1) != nil || table.Resume(5, nil, 1) != nil {
		t.Fatal("resumed with a wrong password, or an unknown session")
	}
	if record := table.Get(5); record.Next != 9 || record.Epoch != 0 {
		t.Errorf("a refused resumption changed the session: %+v", record)
	}
	if record := table.Resume(5, secret, 6000); record.Epoch != 1 || record.Next != 0 || record.After() != 6*time.Second {
		t.Errorf("resumed: %+v", record)
	}
}

func TestTableSaveAndLoad(t *testing.T) {
	table := NewTable()
	for id := range int64(50) {
		record := table.Open(id*3, bytes.Repeat([]byte{byte(id)}, 16), id*1000)
		record.Epoch, record.Next = uint32(id), uint64(id)<<33
	}
	var saved bytes.Buffer
	if err := table.Save(&saved); err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadTable(bytes.NewReader(saved.Bytes()))
	if err != nil || !reflect.DeepEqual(loaded, table) {
		t.Fatalf("loaded another table: %v", err)
	}
	if _, err := LoadTable(bytes.NewReader(saved.Bytes()[:saved.Len()-1])); err == nil {
		t.Error("a cut table was loaded")
	}
}

func FuzzLoadTable(f *testing.F) {
	table := NewTable()
	table.Open(5, []byte("0123456789abcdef"), 4000)
	var saved bytes.Buffer
	_ = table.Save(&saved)
	f.Add(saved.Bytes())
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		if loaded, err := LoadTable(bytes.NewReader(data)); err == nil && loaded.Len()*recordSize > len(data) {
			t.Errorf("%d sessions out of %d bytes", loaded.Len(), len(data))
		}
	})
}
