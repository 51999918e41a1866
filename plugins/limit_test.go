package plugins

import (
	"context"
	"errors"
	"io"
	"reflect"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// history is a host with a feed and snapshots, whatever is asked for.
type history struct {
	sdk.Host
	list  []sdk.Transaction
	asked []string // paths that snapshots were taken of
}

func (h *history) Follow(context.Context, sdk.Following) (sdk.Feed, error) {
	return &replay{list: h.list}, nil
}

func (h *history) Snapshot(_ context.Context, path string) (sdk.Snapshot, error) {
	h.asked = append(h.asked, path)
	return empty{}, nil
}

type replay struct{ list []sdk.Transaction }

func (r *replay) Next(_ context.Context, dst []sdk.Transaction) (int, error) {
	n := copy(dst, r.list)
	r.list = r.list[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (r *replay) Close() error { return nil }

type empty struct{}

func (empty) Zxid() int64                                     { return 1 }
func (empty) Next(context.Context, []sdk.Change) (int, error) { return 0, io.EOF }
func (empty) Close() error                                    { return nil }

func change(path string) sdk.Change { return sdk.Change{Kind: sdk.Changed, Path: path} }

func TestFeedShowsOnlyWhatIsGranted(t *testing.T) {
	shared := []sdk.Change{change("/app/a"), change("/secret"), change("/app/b")}
	core := &history{list: []sdk.Transaction{
		{Zxid: 1, Time: 10, Session: 7, Changes: shared},
		{Zxid: 2, Time: 20, Session: 8, Changes: []sdk.Change{change("/secret")}},
		{Zxid: 3, Time: 30, Session: 8, Changes: []sdk.Change{change("/apple")}},
		{Zxid: 4, Time: 40, Session: 9, Changes: []sdk.Change{change("/app")}},
		{Zxid: 5, Time: 50, Session: 9, Changes: []sdk.Change{change("/")}},
	}}
	feed, err := Limit(core, grant(t, "feed:/app/**")).Follow(t.Context(), sdk.Following{})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]sdk.Transaction, 8)
	n, err := feed.Next(t.Context(), got)
	want := []sdk.Transaction{
		{Zxid: 1, Time: 10, Session: 7, Changes: []sdk.Change{change("/app/a"), change("/app/b")}},
		{Zxid: 3},
		{Zxid: 4, Time: 40, Session: 9, Changes: []sdk.Change{change("/app")}},
		{Zxid: 5},
	}
	if err != nil || !reflect.DeepEqual(got[:n], want) {
		t.Errorf("got %+v, %v", got[:n], err)
	}
	if shared[1].Path != "/secret" {
		t.Error("the core's own list was changed")
	}
}

func TestSnapshotShowsOnlyWhatIsGranted(t *testing.T) {
	core := &history{}
	host := Limit(core, grant(t, "feed:/app/**", "feed:/one", "read")).(sdk.Snapshotter)
	for path, granted := range map[string]bool{
		"/app": true, "/app/a": true, "/": false, "/one": false, "/secret": false, "/apple": false,
	} {
		_, err := host.Snapshot(t.Context(), path)
		if granted && err != nil || !granted && !errors.Is(err, sdk.CodeNoAuth) {
			t.Errorf("snapshot of %s: %v", path, err)
		}
	}
	if len(core.asked) != 2 {
		t.Errorf("core was asked for %v", core.asked)
	}
	none := Limit(&recorder{}, grant(t, "feed")).(sdk.Snapshotter)
	if _, err := none.Snapshot(t.Context(), "/"); !errors.Is(err, sdk.CodeUnimplemented) {
		t.Errorf("a core without snapshots: %v", err)
	}
}
