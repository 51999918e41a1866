// Greet is a validator that refuses nodes whose data does not begin with a word. See its README.
package main

import (
	"bytes"
	"errors"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

// word is what data must begin with; the settings replace it.
var word = []byte("hello")

func init() {
	guest.Configure(configure)
	guest.ValidateEach(judge)
}

func main() {}

// configure takes the settings of the rule, once. An error refuses the rule.
func configure(settings []byte) error {
	for key, value := range guest.Lines(settings) {
		if key != "word" || value == "" {
			return errors.New("a line of settings is: word, and what nodes must begin with")
		}
		word = []byte(value)
	}
	return nil
}

// judge says what is wrong with an operation, or nothing.
func judge(op *sdk.WriteOp) error {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL, sdk.OpSetData:
		if !bytes.HasPrefix(op.Data, word) {
			return guest.Reject(op.Path + ": must begin with " + string(word))
		}
	}
	return nil
}
