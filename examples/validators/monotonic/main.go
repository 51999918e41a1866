// Monotonic is a validator under which numbers only grow. See its README.
package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

// strictly says that a number must not be set to itself.
var strictly bool

func init() {
	guest.Configure(configure)
	guest.ValidateEach(judge)
}

func main() {}

func configure(settings []byte) error {
	word := strings.TrimSpace(string(settings))
	if word != "strictly" {
		return fmt.Errorf("%q is not the word strictly", word)
	}
	strictly = true
	return nil
}

func judge(op *sdk.WriteOp) error {
	switch op.Kind {
	case sdk.OpSetACL:
		return nil
	case sdk.OpDelete:
		return guest.Reject(op.Path + ": must not be deleted, or it could begin anew")
	}
	next, err := strconv.ParseInt(string(op.Data), 10, 64)
	switch {
	case op.Old == nil:
		return errors.New("this module needs a rule with reads old or tree")
	case err != nil:
		return guest.Reject(op.Path + ": must be an integer")
	case !op.Old.Present:
		return nil
	}
	last, err := strconv.ParseInt(string(op.Old.Data), 10, 64)
	if err == nil && (next < last || strictly && next == last) {
		return guest.Reject(fmt.Sprintf("%s: must grow, and is %d", op.Path, last))
	}
	return nil
}
