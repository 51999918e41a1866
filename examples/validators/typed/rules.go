package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

// rules are tried in order; the first whose pattern matches the path decides.
type rules []rule

type rule struct {
	glob   sdk.Glob
	wanted string // what data must be, for people
	fits   func(data []byte) bool
}

// parse reads a rule from each line: a pattern and the name of a type, or match and a regular
// expression. Lines that begin with # and empty ones say
// nothing.
func parse(settings string) (rules, error) {
	var list rules
	number := 0
	for line := range strings.Lines(settings) {
		number++
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		rule, err := parseRule(fields)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		list = append(list, rule)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no rules")
	}
	return list, nil
}

func parseRule(fields []string) (rule, error) {
	if len(fields) < 2 {
		return rule{}, fmt.Errorf("%d words where a pattern and a type belong", len(fields))
	}
	glob, err := sdk.ParseGlob(fields[0])
	if err != nil {
		return rule{}, err
	}
	fits, ok := types[fields[1]]
	switch {
	case fields[1] == matching && len(fields) == 3:
		return parseMatch(glob, fields[2])
	case fields[1] == matching:
		return rule{}, errors.New("match needs a regular expression without blanks")
	case !ok:
		return rule{}, fmt.Errorf("type %q is none of %s", fields[1], typeNames)
	case len(fields) != 2:
		return rule{}, fmt.Errorf("%d words where a pattern and a type belong", len(fields))
	}
	return rule{glob, wanted[fields[1]], fits}, nil
}

// parseMatch makes a rule for text that a regular expression matches as a whole.
func parseMatch(glob sdk.Glob, expression string) (rule, error) {
	compiled, err := regexp.Compile("^(?:" + expression + ")$")
	if err != nil {
		return rule{}, fmt.Errorf("%q is no regular expression", expression)
	}
	fits := func(data []byte) bool { return utf8.Valid(data) && compiled.Match(data) }
	return rule{glob, "text that matches " + expression, fits}, nil
}

func mustParse(settings string) rules {
	list, err := parse(settings)
	if err != nil {
		panic(err)
	}
	return list
}

// judge refuses data that does not fit. Nodes without data are folders, and pass.
func (list rules) judge(op *sdk.WriteOp) error {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL, sdk.OpSetData:
	default:
		return nil
	}
	if len(op.Data) == 0 {
		return nil
	}
	match := sdk.Glob.Match
	if op.Mode.Sequential() {
		match = sdk.Glob.MatchNumbered
	}
	for _, rule := range list {
		if match(rule.glob, op.Path) {
			if !rule.fits(op.Data) {
				return guest.Reject(op.Path + ": must be " + rule.wanted)
			}
			return nil
		}
	}
	return nil
}
