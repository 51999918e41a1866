// Naming is a validator that lets nodes only be made under names that fit a pattern. See its README.
package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

// names is what the last component of a path must match as a whole.
var names = regexp.MustCompile(`^(?:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$`)

func init() {
	guest.Configure(configure)
	guest.ValidateEach(judge)
}

func main() {}

func configure(settings []byte) error {
	pattern := strings.TrimSpace(string(settings))
	if pattern == "" {
		return errors.New("a pattern is needed")
	}
	compiled, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		return err
	}
	names = compiled
	return nil
}

// number stands for what the server appends to the name of a sequential node.
const number = "0000000000"

func judge(op *sdk.WriteOp) error {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL:
	default:
		return nil
	}
	_, name := sdk.SplitPath(op.Path)
	if op.Mode.Sequential() {
		name += number
	}
	if !names.MatchString(name) {
		return guest.Reject(fmt.Sprintf("%s: the name must match %s", op.Path, names))
	}
	return nil
}
