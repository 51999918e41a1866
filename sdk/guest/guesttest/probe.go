package guesttest

import (
	"strings"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

// Answer is what a probe says to a write: nil to admit. Log is called for those it logs.
func Answer(write *sdk.Write, settings []byte, log func(string)) *sdk.Rejection {
	first := ""
	if len(write.Ops) > 0 {
		first = write.Ops[0].Path
	}
	switch {
	case strings.HasPrefix(first, "/admit"):
		return nil
	case strings.HasPrefix(first, "/log"):
		log(first)
		return nil
	case strings.HasPrefix(first, "/sum") && sums(write) != 0:
		return nil
	}
	code := sdk.CodeBadArguments
	if write.Multi {
		code = sdk.CodeNoAuth
	}
	return &sdk.Rejection{Op: max(len(write.Ops)-1, 0), Code: code, Reason: Form(write, settings)}
}

// sums is the hash of all data of the write, one after the other added.
func sums(write *sdk.Write) (sum uint32) {
	for i := range write.Ops {
		sum += Sum(write.Ops[i].Data)
	}
	return sum
}

// Configure is what a probe says to its settings.
func Configure(settings []byte) error {
	if strings.HasPrefix(string(settings), "bad") {
		return guest.Reject("bad settings")
	}
	return nil
}
