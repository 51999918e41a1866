// Loop is a validator that never comes to a verdict. It shows what fuel is for: the write under its path is
// refused, because the module fails, and the node lives on.
package main

import (
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

func init() {
	guest.Validate(func(*sdk.Write) error {
		for {
		}
	})
}

func main() {}
