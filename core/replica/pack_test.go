package replica

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/raft"
)

func packed(term uint64, ms int64, records ...string) []byte {
	envelope := newEnvelope(0, term)
	for _, r := range records {
		envelope = appendRecord(envelope, []byte(r))
	}
	stamp(envelope, ms)
	return envelope
}

// The bytes are on disks: a change of them needs a new version.
func TestEnvelopeBytes(t *testing.T) {
	got := packed(0x0102, 1_700_000_000_000, "ab", "", strings.Repeat("x", 200))
	want := "\x01" + "\x00\x00\x00\x00\x00\x00\x01\x02" + "\x00\x00\x01\x8b\xcf\xe5\x68\x00" +
		"\x02ab" + "\x00" + "\xc8\x01" + strings.Repeat("x", 200)
	if string(got) != want {
		t.Fatalf("envelope\n%q, want\n%q", got, want)
	}
	term, ms, records, err := openEnvelope(nil, got)
	if err != nil || term != 0x0102 || ms != 1_700_000_000_000 || len(records) != 3 || string(records[0]) != "ab" {
		t.Fatalf("opened: term %d, time %d, records %q, %v", term, ms, records, err)
	}
}

func TestEnvelopeRefused(t *testing.T) {
	whole := packed(7, 9, "record")
	for name, data := range map[string][]byte{
		"empty":          {},
		"header cut":     whole[:envelopeHeader-1],
		"record cut":     whole[:len(whole)-1],
		"version":        append([]byte{2}, whole[1:]...),
		"endless length": append(whole[:envelopeHeader:envelopeHeader], bytes.Repeat([]byte{0xff}, 11)...),
		"huge length":    append(whole[:envelopeHeader:envelopeHeader], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
	} {
		if _, _, records, err := openEnvelope(nil, data); err == nil {
			t.Errorf("%s: records %q, no error", name, records)
		}
	}
}

func TestPackerSplits(t *testing.T) {
	p := packer{term: 1, max: 100}
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprintf("record %02d of twenty", i))
	}
	want = slices.Insert(want, 10, strings.Repeat("large", 100))
	for _, r := range want {
		p.add([]byte(r))
	}
	var got []string
	for envelope := p.take(); envelope != nil; envelope = p.take() {
		_, _, records, err := openEnvelope(nil, envelope)
		if err != nil {
			t.Fatal(err)
		}
		if len(envelope) > p.max && len(records) > 1 {
			t.Errorf("envelope of %d bytes has %d records", len(envelope), len(records))
		}
		for _, r := range records {
			got = append(got, string(r))
		}
	}
	if !slices.Equal(got, want) || p.size != 0 {
		t.Fatalf("%d bytes left, records %q", p.size, got)
	}
}

// An entry that raft took in another term than it was packed in counts for nothing, on every node.
func TestFenceDropsEnvelopeOfAnotherTerm(t *testing.T) {
	m := newRecorder()
	f := &fsm{machine: m, logger: slog.New(slog.DiscardHandler)}
	f.ApplyBatch([]*raft.Log{
		{Index: 5, Term: 3, Data: packed(3, 10, "a", "b")},
		{Index: 6, Term: 4, Data: packed(3, 11, "stale")},
		{Index: 7, Term: 4, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(raft.Configuration{})},
		{Index: 8, Term: 4, Data: packed(4, 12, "c")},
	})
	if want := []string{"a", "b", "c"}; !slices.Equal(m.state(), want) {
		t.Errorf("records %q, want %q", m.state(), want)
	}
	want := []string{"5/3 10 2", "6/4 0 0", "7/4 0 0", "8/4 12 1"}
	if got := m.entries; !slices.Equal(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
}

func TestCommittedGarbagePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an entry that cannot be read was applied")
		}
	}()
	(&fsm{machine: newRecorder()}).ApplyBatch([]*raft.Log{{Index: 1, Term: 1, Data: []byte{9}}})
}

func FuzzOpenEnvelope(f *testing.F) {
	f.Add(packed(1, 2, "a", "", "ccc"))
	f.Add(packed(1<<63, -1))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, data []byte) {
		term, ms, records, err := openEnvelope(nil, data)
		if err != nil {
			return
		}
		p := packer{term: term, max: 1 << 30}
		for _, r := range records {
			p.add(r)
		}
		if len(records) == 0 {
			return
		}
		again := p.take()
		stamp(again, ms)
		term2, ms2, records2, err := openEnvelope(nil, again)
		if err != nil || term2 != term || ms2 != ms || !slices.EqualFunc(records, records2, bytes.Equal) {
			t.Fatalf("packed again: term %d, time %d, records %q, %v; want %d, %d, %q", term2, ms2, records2, err, term, ms, records)
		}
	})
}
