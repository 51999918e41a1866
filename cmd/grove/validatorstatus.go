package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

func (c *console) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status [NAME]",
		Short: "Print how the rules do on the server at --admin, and what their modules cost there",
		Long: "Print how the rules do on the server at --admin, or all that is known of one. Time and fuel are those of all calls of\n" +
			"a module together, and of the one that took most.",
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			rules, err := c.fetchRules(cmd.Context(), args...)
			switch {
			case err != nil:
				return fail(err)
			case c.json:
				return fail(c.printJSON(rules))
			case len(args) == 1:
				return fail(c.printLines(statusLines(&rules[0])))
			}
			return fail(c.table("NAME\tMODE\tCALLS\tDENIED\tAUDITED\tFAILED\tTIME\tSLOWEST\tFUEL\tMOST\tSTATE", func(row func(...any)) {
				for _, r := range rules {
					row(r.Name, r.Mode, r.Calls, r.Denied, r.Audited, r.Failed, rounded(r.Nanos), rounded(r.MaxNanos), r.Fuel, r.MaxFuel, stateText(r))
				}
			}))
		},
	}
}

// fetchRules asks the server at --admin how the rules do, all of them or the one that is named.
func (c *console) fetchRules(ctx context.Context, name ...string) ([]admit.RuleStatus, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	rules := []admit.RuleStatus{}
	if err := fetchAdmin(ctx, c.admin, "/validators", &rules); err != nil || len(name) == 0 {
		return rules, err
	}
	rules = slices.DeleteFunc(rules, func(r admit.RuleStatus) bool { return r.Name != name[0] })
	if len(rules) == 0 {
		return nil, fmt.Errorf("validator status %s: there is no such rule in force", name[0])
	}
	return rules, nil
}

// line is one thing to print.
type line struct {
	name  string
	value any
}

// printLines prints a line for each thing.
func (c *console) printLines(lines []line) error {
	for _, l := range lines {
		if _, err := fmt.Fprintf(c.out, "%-9s %v\n", l.name, l.value); err != nil {
			return err
		}
	}
	return nil
}

// statusLines are all that a server tells of a rule.
func statusLines(r *admit.RuleStatus) []line {
	var codes []string
	for _, code := range []sdk.Code{sdk.CodeBadArguments, sdk.CodeNoAuth} {
		codes = append(codes, fmt.Sprintf("%d %s", r.Codes[code.Error()], code))
	}
	return []line{
		{"state", stateText(*r)}, {"version", fmt.Sprintf("%#x", r.Version)},
		{"calls", r.Calls}, {"denied", fmt.Sprintf("%d (%s)", r.Denied, strings.Join(codes, ", "))},
		{"audited", r.Audited}, {"failed", r.Failed}, {"bypassed", r.Bypassed},
		{"time", fmt.Sprintf("%v, the slowest %v", rounded(r.Nanos), rounded(r.MaxNanos))},
		{"", classesText(r.Times, func(bound int64) string { return time.Duration(bound).String() })},
		{"fuel", fmt.Sprintf("%d, the most %d", r.Fuel, r.MaxFuel)},
		{"", classesText(r.Fuels, func(bound int64) string { return fmt.Sprint(bound) })},
		{"memory", fmt.Sprintf("%d bytes in %d instances", r.Memory, r.Instances)},
		{"fault", cmp.Or(r.LastFault, "none")}, {"denial", denialText(r.LastDenial)},
	}
}

// classesText names the classes of a histogram in which there is something.
func classesText(h admit.Histogram, unit func(int64) string) string {
	var words []string
	for i, count := range h.Counts {
		switch {
		case count == 0:
		case i < len(h.Bounds):
			words = append(words, fmt.Sprintf("%d to %s", count, unit(h.Bounds[i])))
		default:
			words = append(words, fmt.Sprintf("%d above", count))
		}
	}
	return cmp.Or(strings.Join(words, ", "), "none")
}

func denialText(d *sdk.Denial) string {
	if d == nil {
		return "none"
	}
	return strings.Join([]string{clock(d.Time), d.Op, d.Path, whoText(d.Who), d.Reason}, " ")
}

func rounded(nanos int64) time.Duration { return time.Duration(nanos).Round(time.Microsecond) }

// stateText says whether the module runs, and if not why.
func stateText(r admit.RuleStatus) string {
	switch {
	case r.Quarantined > 0:
		return "quarantined until " + clock(r.Quarantined) + ": " + r.LastFault
	case r.Ready:
		return "ready"
	}
	return cmp.Or(r.Error, "compiling")
}
