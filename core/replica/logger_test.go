package replica

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestBridge(t *testing.T) {
	var out bytes.Buffer
	b := newBridge(slog.New(slog.NewTextHandler(&out, nil)))
	named := b.Named("raft").With("node", "n1").Named("part")
	named.Info("raft's own affairs")
	named.Error("peer is away", "peer", "n2")
	named.Error("peer is away", "peer", "n2")
	b.Warn("failed to get previous log")
	b.mute()
	b.Warn("closing")
	got := out.String()
	if strings.Count(got, "\n") != 1 || !strings.Contains(got, `level=WARN msg="raft.part: peer is away" node=n1 peer=n2`) {
		t.Errorf("log:\n%s", got)
	}
}

func TestWarningComesAgainAfterAWhile(t *testing.T) {
	b, now := newBridge(discard), time.Now()
	for after, want := range []bool{0: true, 1: false, 9: false, 10: true, 11: false} {
		if at := now.Add(time.Duration(after) * time.Second); after < 2 || after > 8 {
			if got := b.said.news("peer is away", at); got != want {
				t.Errorf("after %ds: %v", after, got)
			}
		}
	}
}
