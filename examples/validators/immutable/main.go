// Immutable is a validator under which nodes are made once. See its README.
package main

import (
	"fmt"
	"strings"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

// deletable says that nodes may be deleted.
var deletable bool

func init() {
	guest.Configure(configure)
	guest.ValidateEach(judge)
}

func main() {}

func configure(settings []byte) error {
	word := strings.TrimSpace(string(settings))
	if word != "deletable" {
		return fmt.Errorf("%q is not the word deletable", word)
	}
	deletable = true
	return nil
}

func judge(op *sdk.WriteOp) error {
	switch {
	case op.Kind == sdk.OpSetData:
		return guest.Reject(op.Path + ": is made once and not changed")
	case op.Kind == sdk.OpDelete && !deletable:
		return guest.Reject(op.Path + ": is made once and not deleted")
	}
	return nil
}
