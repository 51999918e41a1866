// Probe is the probe of the kit for Go. See package guesttest.
package main

import (
	"bytes"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
	"github.com/grove-coordination/grove/sdk/guest/guesttest"
)

var settings []byte

func init() {
	guest.Configure(func(text []byte) error {
		settings = bytes.Clone(text)
		return guesttest.Configure(text)
	})
	guest.Validate(func(write *sdk.Write) error {
		if rejection := guesttest.Answer(write, settings, guest.Log); rejection != nil {
			return rejection
		}
		return nil
	})
}

func main() {}
