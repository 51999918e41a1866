package guest

import (
	"errors"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/abi"
)

var errNoSettings = errors.New("the module takes no settings")

// call holds what one call of the host works on. It is kept between calls, so that the collector leaves alone what
// the host has the address of, and nothing is allocated anew.
type call struct {
	buffer  []byte // what the host writes into
	write   sdk.Write
	verdict []byte
}

// validate is nil to admit, or a verdict that is good until the next call.
func (c *call) validate(request []byte) []byte {
	if registered.validate == nil {
		panic("guest: nothing is registered: call guest.Validate from an init function")
	}
	if err := abi.DecodeRequest(request, &c.write, tree); err != nil {
		panic("guest: " + err.Error())
	}
	return c.answer(registered.validate(&c.write))
}

func (c *call) configure(settings []byte) []byte {
	if registered.configure == nil {
		return c.answer(errNoSettings)
	}
	return c.answer(registered.configure(settings))
}

func (c *call) answer(err error) []byte {
	if err == nil {
		return nil
	}
	short := *rejection(err)
	short.Reason = short.Reason[:min(len(short.Reason), abi.MaxReason)]
	c.verdict = abi.AppendVerdict(c.verdict[:0], &short)
	return c.verdict
}
