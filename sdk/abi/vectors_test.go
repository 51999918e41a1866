package abi_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/grove-coordination/grove/sdk/guest/guesttest"
)

var update = flag.Bool("update", false, "write testdata/vectors.txt anew")

// TestVectors holds the vectors that kits in other languages read to what they are made from. A change of lines that
// are there already means that modules which were compiled before read something else than they are told.
func TestVectors(t *testing.T) {
	const file = "testdata/vectors.txt"
	want := guesttest.Text(guesttest.Vectors())
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the vectors are (%v): go test ./sdk/abi -update", file, err)
	}
}
