package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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

// A server that has one more refusal each time it is asked; the command is interrupted when it was asked three times.
func TestFollowDenials(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var all []sdk.Denial
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(all) == 3 {
			cancel()
		}
		all = append(all, sdk.Denial{Validator: "v", Op: "create", Path: fmt.Sprintf("/%d", len(all)), Reason: "no"})
		if err := json.NewEncoder(w).Encode(all); err != nil || r.URL.Path != "/validators/denials" {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
	}))
	defer server.Close()
	var out bytes.Buffer
	c := &console{out: &out, errs: io.Discard, admin: strings.TrimPrefix(server.URL, "http://"), timeout: time.Minute}
	if err := c.followDenials(ctx); err != nil {
		t.Error(err)
	}
	for i := range 3 {
		if line := fmt.Sprintf(" v create /%d  no\n", i); strings.Count(out.String(), line) != 1 {
			t.Errorf("%q is not there once in\n%s", line, out.String())
		}
	}
}
