package main

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/grove-coordination/grove/cmd/internal/soak"
)

// Nothing is lost and nothing out of order, whatever is done to three servers for a while. grove soak does it for longer.
func TestNothingIsLostUnderFaults(t *testing.T) {
	binary, err := exec.LookPath("grove")
	if err != nil {
		t.Fatal(err)
	}
	summary, err := soak.Run(t.Context(), soak.Config{
		Binary: binary, Dir: t.TempDir(), Duration: 8 * time.Second, Every: 2 * time.Second, Seed: uint64(time.Now().UnixNano()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(summary.String())
	if !summary.Good() || summary.Writes == 0 || len(summary.Faults) == 0 {
		t.Error("something is lost or out of order, or nothing was tried")
	}
}

// A server that acknowledges a write before it is committed is caught.
func TestEarlyAcknowledgementIsCaught(t *testing.T) {
	planted := filepath.Join(t.TempDir(), "grove")
	if out, err := exec.Command("go", "build", "-tags", "planted_early", "-o", planted, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for range 6 { // a leader must be killed between an acknowledgement and its write
		summary, err := soak.Run(t.Context(), soak.Config{Binary: planted, Dir: t.TempDir(), Duration: 8 * time.Second, Every: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		t.Log(summary.String())
		if !summary.Good() {
			return
		}
	}
	t.Error("writes were acknowledged early, and nobody saw it")
}
