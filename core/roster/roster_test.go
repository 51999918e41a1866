package roster

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/grove-coordination/grove/sdk"
)

// TestStories plays the files of testdata on one roster after the other.
//
//	enrol          lines ID ADDRESS [observer]: who the members are
//	reach          lines ID CLIENTS: where they listen for clients
//	plan           lines join TEXT | leave IDS | all TEXT: what a reconfiguration asks for
//	note           the same: what it says beside that
//
// After each the roster is saved and loaded.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		r := new(Roster)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			defer func() { r = reloaded(t, r) }()
			switch d.Cmd {
			case "enrol":
				return changed(r, r.Enrol(members(d.Input)))
			case "reach":
				id, clients, _ := strings.Cut(strings.TrimSpace(d.Input), " ")
				return changed(r, r.Reach(id, clients))
			case "plan":
				return planned(r, d.Input)
			case "note":
				return changed(r, r.Note(reshape(d.Input)))
			}
			t.Fatalf("no command %q", d.Cmd)
			return ""
		})
	})
}

func members(text string) (list []sdk.Member) {
	for line := range strings.Lines(text) {
		f := append(strings.Fields(line), "")
		list = append(list, sdk.Member{ID: f[0], Addr: f[1], Observer: f[2] == "observer"})
	}
	return list
}

// A text that is parsed says what the roster says.
func TestParse(t *testing.T) {
	r := Roster{members: []member{
		{Member: sdk.Member{ID: "n1", Addr: "h:1", Clients: "h:2"}, election: "9"},
		{Member: sdk.Member{ID: "n2", Addr: "[::1]:1", Clients: "[::]:2", Observer: true}, told: true},
	}}
	if parsed, err := Parse(r.Text(7)); err != nil || !slices.Equal(parsed, r.Members()) {
		t.Errorf("parsed %v, %v", parsed, err)
	}
	if _, err := Parse("server.n1"); err == nil {
		t.Error("nonsense was parsed")
	}
}

func changed(r *Roster, is bool) string {
	if !is {
		return "unchanged\n"
	}
	return r.Text(0x1a) + "\n"
}

func reshape(text string) *sdk.Reshape {
	var change sdk.Reshape
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "join":
			change.Joining = rest
		case "leave":
			change.Leaving = rest
		case "all":
			change.Members += rest + "\n"
		}
	}
	return &change
}

func planned(r *Roster, text string) string {
	plan, err := r.Plan(reshape(text))
	if err != nil {
		return fmt.Sprintln("error:", err)
	}
	var out strings.Builder
	for _, m := range plan.Add {
		fmt.Fprintln(&out, "add", line(m.ID, member{Member: m}))
	}
	for _, m := range plan.Move {
		fmt.Fprintln(&out, "move", line(m.ID, member{Member: m}))
	}
	fmt.Fprintf(&out, "promote %v\nremove %v\n", plan.Promote, plan.Remove)
	return out.String()
}

func reloaded(t *testing.T, r *Roster) *Roster {
	t.Helper()
	var saved bytes.Buffer
	if err := r.Save(&saved); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(&saved)
	if err != nil || saved.Len() > 0 || loaded.Text(1) != r.Text(1) {
		t.Fatalf("loaded %v, %v, %d bytes left; saved %v", loaded, err, saved.Len(), r)
	}
	return loaded
}

// ofVersion1 is n1 at h:1, for clients at h:2, and the observer n2 at h:3, as the first version saved them.
var ofVersion1 = []byte("GROS\x00\x00\x00\x01\x00\x00\x00\x02" +
	"\x00\x00\x00\x02n1\x00\x00\x00\x03h:1\x00\x00\x00\x03h:2\x00" + "\x00\x00\x00\x02n2\x00\x00\x00\x03h:3\x00\x00\x00\x00\x01")

func TestLoadVersion1(t *testing.T) {
	r, err := Load(bytes.NewReader(ofVersion1))
	if err != nil {
		t.Fatal(err)
	}
	want := []member{{Member: sdk.Member{ID: "n1", Addr: "h:1", Clients: "h:2"}, told: true}, {Member: sdk.Member{ID: "n2", Addr: "h:3", Observer: true}}}
	if !slices.Equal(r.members, want) {
		t.Errorf("loaded %+v", r.members)
	}
}

// FuzzLoad: whatever the bytes, an error or a roster that is saved as it was.
func FuzzLoad(f *testing.F) {
	var saved bytes.Buffer
	r := Roster{members: []member{
		{Member: sdk.Member{ID: "a", Addr: "h:1", Clients: "h:2"}, told: true},
		{Member: sdk.Member{ID: "b", Addr: "h:3", Clients: "h:4", Observer: true}, election: "5"},
	}}
	if err := r.Save(&saved); err != nil {
		f.Fatal(err)
	}
	f.Add(saved.Bytes())
	f.Add(saved.Bytes()[:20])
	f.Add(ofVersion1)
	f.Fuzz(func(t *testing.T, data []byte) {
		in := bytes.NewReader(data)
		r, err := Load(in)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if data[7] == 1 {
			return
		}
		if err := r.Save(&again); err != nil || !bytes.Equal(again.Bytes(), data[:len(data)-in.Len()]) {
			t.Fatalf("%x was loaded and saved as %x, %v", data, again.Bytes(), err)
		}
	})
}

// FuzzPlan: a stranger's text never gives a plan, or a line among the members, that does not read as what it is.
func FuzzPlan(f *testing.F) {
	f.Add("server.n2=h:1:2:observer;h:3", "", "")
	f.Add("server.2=[::1]:1", "n1", "")
	f.Add("", "", "server.n1=h:1:2;3\nversion=1")
	f.Fuzz(func(t *testing.T, joining, leaving, all string) {
		r := Roster{members: []member{{Member: sdk.Member{ID: "n1", Addr: "h:1"}}}}
		change := &sdk.Reshape{Joining: joining, Leaving: leaving, Members: all}
		plan, err := r.Plan(change)
		if err != nil {
			return
		}
		r.Enrol(append(r.Members(), plan.Add...))
		r.Note(change)
		for _, m := range r.members {
			if again, err := parseLine(line(m.ID, m)); err != nil || again != m {
				t.Fatalf("%+v is written %q, read as %+v, %v", m, line(m.ID, m), again, err)
			}
		}
		if parsed, err := Parse(r.Text(1)); err != nil || !slices.Equal(parsed, r.Members()) {
			t.Fatalf("%+v is written %q, read as %+v, %v", r.members, r.Text(1), parsed, err)
		}
	})
}
