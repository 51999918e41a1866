// Typed is a validator that holds the data of nodes to types: well-formed JSON, numbers, ports and so on. See its
// README.
package main

import (
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

// current are the rules in force: settings replace what is the default here.
var current = mustParse("/** json")

func init() {
	guest.Configure(func(settings []byte) (err error) {
		current, err = parse(string(settings))
		return err
	})
	guest.ValidateEach(func(op *sdk.WriteOp) error { return current.judge(op) })
}

func main() {}
