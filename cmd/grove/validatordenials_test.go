package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

func TestNewerDenials(t *testing.T) {
	list := func(times string) (list []sdk.Denial) {
		for _, c := range times {
			list = append(list, sdk.Denial{Time: int64(c - '0'), Path: "/a"})
		}
		return list
	}
	tests := []struct{ seen, now, want string }{
		{"", "", ""}, {"", "12", "12"}, {"12", "12", ""}, {"12", "1234", "34"},
		{"123", "234", "4"}, {"123", "345", "45"}, {"123", "456", "456"}, // the server remembers three
		{"111", "111", ""}, {"112", "121", "1"}, {"12", "", ""},
	}
	for _, test := range tests {
		var got strings.Builder
		for _, d := range newer(list(test.seen), list(test.now)) {
			fmt.Fprint(&got, d.Time)
		}
		if got.String() != test.want {
			t.Errorf("after %q, of %q: %q is new, want %q", test.seen, test.now, got.String(), test.want)
		}
	}
}
