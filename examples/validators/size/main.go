// Size is a validator that bounds the data of nodes. See its README.
package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

// limit is how many bytes the data of the nodes that a pattern matches may have.
type limit struct {
	glob  sdk.Glob
	bytes int
}

// limits are tried in order; the first whose pattern matches the path counts.
var limits []limit

func init() {
	guest.Configure(func(settings []byte) (err error) {
		limits, err = parse(string(settings))
		return err
	})
	guest.ValidateEach(judge)
}

func main() {}

func parse(settings string) (list []limit, err error) {
	number := 0
	for line := range strings.Lines(settings) {
		number++
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		limit, err := parseLimit(fields)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		list = append(list, limit)
	}
	if len(list) == 0 {
		return nil, errors.New("no limits")
	}
	return list, nil
}

func parseLimit(fields []string) (limit, error) {
	if len(fields) != 2 {
		return limit{}, fmt.Errorf("%d words where a pattern and a number belong", len(fields))
	}
	glob, err := sdk.ParseGlob(fields[0])
	if err != nil {
		return limit{}, err
	}
	bytes, err := strconv.ParseUint(fields[1], 10, 31)
	if err != nil {
		return limit{}, fmt.Errorf("%q is no number of bytes", fields[1])
	}
	return limit{glob, int(bytes)}, nil
}

// judge needs not look at the kind: only what is made or set has data.
func judge(op *sdk.WriteOp) error {
	if limits == nil {
		return errors.New("this module needs settings: lines of a pattern and a number of bytes")
	}
	match := sdk.Glob.Match
	if op.Mode.Sequential() {
		match = sdk.Glob.MatchNumbered
	}
	for _, limit := range limits {
		if match(limit.glob, op.Path) {
			if len(op.Data) > limit.bytes {
				return guest.Reject(fmt.Sprintf("%s: %d bytes, at most %d are allowed", op.Path, len(op.Data), limit.bytes))
			}
			return nil
		}
	}
	return nil
}
