package offline

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// made is a point of the test's own.
type made struct {
	head  Head
	state string
	log   []replica.Stored
}

func (m made) about() Head { return m.head }

func (m made) snapshot() (io.ReadCloser, error) {
	if m.state == "" {
		return nil, nil
	}
	return io.NopCloser(strings.NewReader(m.state)), nil
}

func (m made) entries() iter.Seq2[replica.Stored, error] {
	return func(yield func(replica.Stored, error) bool) {
		for _, s := range m.log {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func (made) Close() error { return nil }

func saved(t testing.TB, m made) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A saved file gives back what was saved, whether there was a state, and how ever large it was.
func TestSavedFile(t *testing.T) {
	at := time.Unix(1, 2)
	log := []replica.Stored{{Index: 8, Term: 3, Kind: replica.KindNoop}, {Index: 9, Term: 3, At: at, Data: []byte("data")}}
	for _, state := range []string{"", "state", strings.Repeat("long ", 1e6)} {
		m := made{head: Head{Cluster: "c", Node: "n1", Saved: at.UTC(), Term: 3}, state: state, log: log}
		if state != "" {
			m.head.Index = 7
		}
		data := saved(t, m)
		p, err := readFile(bytes.NewReader(data), int64(len(data)))
		if err != nil || p.about() != m.head {
			t.Fatalf("%+v, %v", p.about(), err)
		}
		if r, err := p.snapshot(); err != nil || (r == nil) != (state == "") {
			t.Fatalf("snapshot: %v, %v", r, err)
		} else if r != nil {
			if got, err := io.ReadAll(r); string(got) != state || err != nil {
				t.Errorf("%d bytes of state, want %d, %v", len(got), len(state), err)
			}
		}
		i := 0
		for s, err := range p.entries() {
			if want := log[i]; err != nil || s.Index != want.Index || s.Term != want.Term || s.Kind != want.Kind || !s.At.Equal(want.At) || !bytes.Equal(s.Data, want.Data) {
				t.Errorf("entry %+v, %v, want %+v", s, err, want)
			}
			i++
		}
		if i != len(log) {
			t.Errorf("%d entries, want %d", i, len(log))
		}
		p.z.Close()
	}
}

// What is written is counted on the way.
func TestTallied(t *testing.T) {
	log := []replica.Stored{{Index: 8, Term: 3, Kind: replica.KindNoop}, {Index: 9, Term: 3}}
	p := &tallied{point: made{log: log}}
	if err := write(io.Discard, p); err != nil || p.count != 2 || p.last != 9 {
		t.Errorf("%d entries up to %d, %v", p.count, p.last, err)
	}
}

// A report in a few words has what there is.
func TestSummary(t *testing.T) {
	state, log := &State{Nodes: 5, Bytes: 700}, Log{Entries: 3, First: 8, Last: 10, Records: 4, Bytes: 90}
	for want, r := range map[string]Report{
		"nothing yet": {},
		"a snapshot of 5 nodes at entry 7, 700 bytes; log entries 8 to 10, 4 records, 90 bytes": {Head: Head{Index: 7}, State: state, Log: log},
		"log entries 8 to 10, 4 records, 90 bytes":                                              {Log: log},
	} {
		if got := r.Summary(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A saved file with any byte changed, or cut off anywhere, is refused.
func TestSavedFileDamaged(t *testing.T) {
	data := saved(t, made{head: Head{Cluster: "c"}, log: []replica.Stored{{Index: 1, Term: 1, Kind: replica.KindNoop}}})
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 0x20
		for what, bad := range map[string][]byte{"changed": bad, "cut off": data[:i]} {
			if _, err := readFile(bytes.NewReader(bad), int64(len(bad))); !errors.Is(err, errFile) {
				t.Errorf("%s at byte %d: %v", what, i, err)
			}
		}
	}
}

// A folder that somebody holds is not touched, and neither is one that is none.
func TestHeld(t *testing.T) {
	dir := t.TempDir()
	if _, err := Inspect(dir); err == nil || !strings.Contains(err.Error(), "no data folder") {
		t.Errorf("an empty folder: %v", err)
	}
	lock, err := hold(dir, os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	_, err = Save(dir, filepath.Join(t.TempDir(), "f"))
	for what, err := range map[string]error{"save": err, "dump": Dump(io.Discard, io.Discard, dir, 0, 0, false)} {
		if err == nil || !strings.Contains(err.Error(), "held by a server") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// What is damaged is named, and what follows from it for the rest.
func TestDamagedSnapshots(t *testing.T) {
	bad := []error{errors.New("snapshot 2-9-1: broken"), errors.New("snapshot 2-7-1: torn")}
	for _, test := range []struct {
		whole  uint64 // entry with which a whole snapshot ends; 0: none
		begins uint64 // entry with which the log begins
		spare  string // what is said when all is there
		gap    string // what is said when it is not
	}{
		{5, 3, "snapshot 2-9-1: broken; snapshot 2-7-1: torn; snapshot 2-5-1 is whole", ""},
		{5, 6, "nothing is lost", ""},
		{5, 7, "", "snapshot 2-9-1: broken; snapshot 2-7-1: torn; the log begins with entry 7, and what is whole before it ends with 5. In a cluster"},
		{0, 1, "torn; the log has everything: move what is damaged away", ""},
		{0, 2, "", "ends with 0. In a cluster: take this node out"},
	} {
		f := &folder{damaged: bad, head: Head{Index: test.whole}}
		if test.whole > 0 {
			f.id = "2-5-1"
		}
		var gap error
		for _, err := range f.joined(made{log: []replica.Stored{{Index: test.begins}, {Index: test.begins + 1}}}.entries()) {
			gap = err
		}
		if (gap != nil) != (test.gap != "") || gap != nil && !strings.Contains(gap.Error(), test.gap) {
			t.Errorf("%+v: %v", test, gap)
		}
		if spare := f.whole(); !strings.Contains(spare.Error(), test.spare) {
			t.Errorf("%+v: %v", test, spare)
		}
	}
	if err := new(folder).whole(); err != nil {
		t.Error(err)
	}
}

// A record is told in words, without data and secrets.
func TestWords(t *testing.T) {
	for want, record := range map[string]txn.Txn{
		`open a session, time-out 5 ms (from n1)`: {Kind: txn.Open, Origin: "n1", Timeout: 5, Password: []byte("secret")},
		`expire session 0x10, epoch 2`:            {Kind: txn.Expire, Session: 16, Epoch: 2},
		`sweep "/c"`:                              {Kind: txn.Sweep, Op: sdk.Op{Path: "/c"}},
		`announce n1 for clients at h:1`:          {Kind: txn.Announce, Origin: "n1", Clients: "h:1"},
		`write of session 0x1, epoch 0, number 4: multi [delete "/a"; setData "/b" 6 bytes]`: {Kind: txn.Write, Session: 1, Seq: 4, Op: sdk.Op{
			Kind: sdk.OpMulti, Ops: []sdk.Op{{Kind: sdk.OpDelete, Path: "/a"}, {Kind: sdk.OpSetData, Path: "/b", Data: []byte("hidden")}},
		}},
	} {
		if got := words(txn.Append(nil, &record)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := words([]byte{9}); !strings.Contains(got, "no record") {
		t.Errorf("garbage is %q", got)
	}
}

// Whatever frames a file with a right checksum holds, reading it ends, and with no more than what is in it.
func FuzzFrames(f *testing.F) {
	var good bytes.Buffer
	_ = writeFrames(&good, made{head: Head{Cluster: "c", Index: 1}, state: "state", log: []replica.Stored{{Index: 2, Term: 1}}})
	f.Add(good.Bytes())
	f.Add([]byte{frameHead, 0, 0, 0, 2, '{', '}', frameState, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, frames []byte) {
		data := binary.BigEndian.AppendUint32([]byte(fileMagic), fileVersion)
		z, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		data = z.EncodeAll(frames, data)
		sum := sha256.Sum256(data)
		data = append(data, sum[:]...)
		p, err := readFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		defer p.z.Close()
		if r, _ := p.snapshot(); r != nil {
			if n, _ := io.Copy(io.Discard, r); n > int64(len(frames)) {
				t.Errorf("a state of %d bytes in %d", n, len(frames))
			}
		}
		count := 0
		for range p.entries() {
			count++
		}
		if count > len(frames) {
			t.Errorf("%d entries in %d bytes", count, len(frames))
		}
	})
}

func FuzzDecodeEntry(f *testing.F) {
	f.Add(appendEntry(nil, replica.Stored{Index: 1, Term: 2, Kind: replica.KindMembers, At: time.Unix(3, 4), Data: []byte("data")}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := decodeEntry(data)
		if err != nil {
			return
		}
		if again := appendEntry(nil, s); !bytes.Equal(again, data) {
			t.Errorf("%x became %x", data, again)
		}
		_, _ = s.Members()
		_, _ = s.Entry()
	})
}
