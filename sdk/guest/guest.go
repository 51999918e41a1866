package guest

import (
	"errors"

	"github.com/grove-coordination/grove/sdk"
)

// registered is what the author's init functions have said. Nothing changes it afterwards.
var registered struct {
	validate  func(*sdk.Write) error
	configure func([]byte) error
}

// Validate registers the function that judges writes. It is called from an init function, once. Nil admits the
// write; an error refuses it: a *sdk.Rejection as it is, any other with its text as the reason.
func Validate(judge func(write *sdk.Write) error) {
	if registered.validate != nil {
		panic("guest: Validate is called twice")
	}
	registered.validate = judge
}

// ValidateEach is Validate for a function that looks at each operation alone. The first refusal is that of the
// whole write, and names the operation.
func ValidateEach(judge func(op *sdk.WriteOp) error) {
	Validate(func(write *sdk.Write) error {
		for i := range write.Ops {
			if err := judge(&write.Ops[i]); err != nil {
				rejection := *rejection(err)
				rejection.Op = i
				return &rejection
			}
		}
		return nil
	})
}

// Configure registers the function that takes the settings of the rule. It is called before any write is judged,
// and only when the rule has settings. An error, whose text should name what is wrong, refuses them. The settings
// must be copied to be kept.
func Configure(take func(settings []byte) error) {
	if registered.configure != nil {
		panic("guest: Configure is called twice")
	}
	registered.configure = take
}

// Reject is a refusal with a reason that people can read, for ZooKeeper clients BADARGUMENTS.
func Reject(reason string) error {
	return &sdk.Rejection{Code: sdk.CodeBadArguments, Reason: reason}
}

// Log writes a line to the server's log. Few lines a second are kept, and of a line the beginning. Outside of a
// module it does nothing.
func Log(line string) { log(line) }

func rejection(err error) *sdk.Rejection {
	if rejection, ok := errors.AsType[*sdk.Rejection](err); ok {
		return rejection
	}
	return &sdk.Rejection{Code: sdk.CodeBadArguments, Reason: err.Error()}
}
