package feed

import (
	"reflect"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// What a filter lets through, and that it leaves the transaction, which others share, as it was.
func TestFilter(t *testing.T) {
	whole := sdk.Transaction{Zxid: 7, Changes: []sdk.Change{
		{Kind: sdk.Created, Path: "/config/a"},
		{Kind: sdk.Changed, Path: "/config/a"},
		{Kind: sdk.Created, Path: "/jobs/1"},
		{Kind: sdk.Deleted, Path: "/config/b"},
	}}
	for _, test := range []struct {
		name string
		want sdk.Following
		left string
	}{
		{"everything", sdk.Following{}, "created /config/a, changed /config/a, created /jobs/1, deleted /config/b"},
		{"one path", sdk.Following{Paths: []string{"/config/a"}}, "created /config/a, changed /config/a"},
		{"either path", sdk.Following{Paths: []string{"/config/b", "/jobs/**"}}, "created /jobs/1, deleted /config/b"},
		{"a kind", sdk.Following{Kinds: []sdk.ChangeKind{sdk.Deleted}}, "deleted /config/b"},
		{"path and kind", sdk.Following{Paths: []string{"/config/**"}, Kinds: []sdk.ChangeKind{sdk.Created}}, "created /config/a"},
		{"nothing", sdk.Following{Paths: []string{"/other"}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			filter, err := NewFilter(test.want)
			if err != nil {
				t.Fatal(err)
			}
			before := append([]sdk.Change(nil), whole.Changes...)
			if left := words(filter.Pick(whole)); left != test.left {
				t.Errorf("left %q, want %q", left, test.left)
			}
			if !reflect.DeepEqual(before, whole.Changes) {
				t.Error("the shared transaction was changed")
			}
		})
	}
	if _, err := NewFilter(sdk.Following{Paths: []string{"config"}}); err == nil || !strings.Contains(err.Error(), `"config"`) {
		t.Errorf("a pattern that is none: %v", err)
	}
}

func words(t sdk.Transaction) string {
	var list []string
	for _, c := range t.Changes {
		list = append(list, c.Kind.String()+" "+c.Path)
	}
	return strings.Join(list, ", ")
}
