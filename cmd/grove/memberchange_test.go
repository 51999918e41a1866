package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// TestAdvice: an error of a change of the members ends in what to do about it.
func TestAdvice(t *testing.T) {
	join, leave := memberChange{id: "n4", addr: "h:1"}, memberChange{}
	for _, c := range []struct {
		change memberChange
		code   sdk.Code
		want   string
	}{
		{join, sdk.CodeNewConfigNoQuorum, ": is n4 running, and reachable at h:1? Started with --cluster.join it comes in by itself"},
		{leave, sdk.CodeNewConfigNoQuorum, ""},
		{leave, sdk.CodeBadVersion, ": somebody else changed the members meanwhile: look at 'grove member list' and try again"},
		{join, sdk.CodeBadVersion, ": somebody else changed the members meanwhile: look at 'grove member list' and try again"},
		{join, sdk.CodeReconfigInProgress, ""},
	} {
		err := c.change.advise(c.code)
		if got := strings.TrimPrefix(err.Error(), c.code.Error()); got != c.want || !errors.Is(err, c.code) {
			t.Errorf("%v: got %q, want %q", c.code, got, c.want)
		}
	}
}

// heard gives what is written to it to who waits for it.
type heard chan string

// Write implements io.Writer.
func (h heard) Write(p []byte) (int, error) {
	h <- string(p)
	return len(p), nil
}

// TestTellsWhoIsWaitedFor: but not when nobody is, or when it is over before.
func TestTellsWhoIsWaitedFor(t *testing.T) {
	said := make(heard)
	join, leave := memberChange{id: "n4", addr: "h:1"}, memberChange{}
	enough := join.tell(said, 0)
	if got := <-said; got != "waiting for n4 at h:1 to catch up\n" {
		t.Errorf("said %q", got)
	}
	enough()
	join.tell(nil, memberTime)()
	leave.tell(nil, 0)()
}
