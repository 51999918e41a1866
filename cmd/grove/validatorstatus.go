package main

import (
	"cmp"
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/core/admit"
)

func (c *console) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Print how the rules do on the server at --admin, and what their modules cost there",
		Long: "Print how the rules do on the server at --admin. Time and fuel are those of all calls of a module together, and\n" +
			"of the one that took most.",
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), c.timeout)
			defer cancel()
			rules := []admit.RuleStatus{}
			if err := fetchAdmin(ctx, c.admin, "/validators", &rules); err != nil {
				return fail(err)
			}
			if c.json {
				return fail(c.printJSON(rules))
			}
			return fail(c.table("NAME\tMODE\tCALLS\tDENIED\tAUDITED\tFAILED\tTIME\tSLOWEST\tFUEL\tMOST\tSTATE", func(row func(...any)) {
				for _, r := range rules {
					row(r.Name, r.Mode, r.Calls, r.Denied, r.Audited, r.Failed,
						time.Duration(r.Nanos).Round(time.Microsecond), time.Duration(r.MaxNanos).Round(time.Microsecond),
						r.Fuel, r.MaxFuel, stateText(r))
				}
			}))
		},
	}
}

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
