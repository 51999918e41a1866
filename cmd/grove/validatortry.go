package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/sdk"
)

func (c *console) testCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test MODULE CASES",
		Short: "Try a module on writes from a file, without a server",
		Long: "Have a module judge the writes of a YAML file, exactly as a server would, and compare what it says with what\n" +
			"the file expects.",
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fail(c.tryCases(cmd.Context(), args[0], args[1], c.compare))
		},
	}
}

func (c *console) benchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "bench MODULE CASES",
		Short: "Measure what a module costs on writes from a file, without a server",
		Args:  takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fail(c.tryCases(cmd.Context(), args[0], args[1], c.measure))
		},
	}
}

// tryCases opens a module and a file of cases for do.
func (c *console) tryCases(ctx context.Context, module, file string, do func(context.Context, *bench, *cases) error) error {
	list, err := readCases(file)
	if err != nil {
		return err
	}
	b, err := openBench(ctx, module, list)
	if err != nil {
		return fmt.Errorf("%s: %w", module, err)
	}
	defer func() { _ = b.close() }() // frees memory, and the command ends
	return do(ctx, b, list)
}

// compare judges every case and tells those that are not as expected.
func (c *console) compare(ctx context.Context, b *bench, list *cases) error {
	wrong := 0
	for i := range list.Cases {
		w := &list.Cases[i]
		b.setUp(list.Tree, w.Tree)
		got, err := b.outcome(ctx, w)
		switch {
		case err != nil:
			return err
		case got != "":
			wrong++
			fmt.Fprintf(c.out, "%s: %s\n", title(i, w), got)
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d cases are not as expected", wrong, len(list.Cases))
	}
	fmt.Fprintf(c.out, "%d cases as expected\n", len(list.Cases))
	return nil
}

// title is the number of a case and its name.
func title(i int, w *caseWrite) string {
	return strings.TrimSpace(fmt.Sprintf("case %d %s", i+1, w.Name))
}

// outcome says how a case differs from what it expects, in words, or nothing.
func (b *bench) outcome(ctx context.Context, w *caseWrite) (string, error) {
	op, err := w.op()
	if err != nil {
		return "", err
	}
	refusal, fault := b.judge(ctx, w.who(), op)
	got, reason := "admit", ""
	switch {
	case fault != nil:
		got, reason = "fail", fault.Error()
	case refusal != nil:
		got, reason = "deny", refusal.Reason
	}
	if got == w.Expect && strings.Contains(reason, w.Reason) {
		return "", nil
	}
	return strings.TrimSpace(fmt.Sprintf("%s %q, expected %s %q", got, reason, w.Expect, w.Reason)), nil
}

// measureTime is how long each case is measured.
const measureTime = 300 * time.Millisecond

// measure judges every case again and again.
func (c *console) measure(ctx context.Context, b *bench, list *cases) error {
	return c.table("CASE\tCALLS\tTIME\tFUEL", func(row func(...any)) {
		for i := range list.Cases {
			w := &list.Cases[i]
			b.setUp(list.Tree, w.Tree)
			if op, err := w.op(); err == nil { // it was read before
				calls, took, fuel := b.measure(ctx, w.who(), op)
				row(title(i, w), calls, took, fuel)
			}
		}
	})
}

// measure is what one call takes on average, by the numbers a server shows. A module that fails is not asked again.
func (b *bench) measure(ctx context.Context, who []sdk.Identity, op *sdk.Op) (calls int64, took time.Duration, fuel uint64) {
	before := b.door.Rules()[0]
	for began := time.Now(); time.Since(began) < measureTime && b.door.Rules()[0].Failed == before.Failed; {
		b.door.Judge(ctx, 1, who, op)
	}
	after := b.door.Rules()[0]
	if calls = after.Calls - before.Calls; calls == 0 {
		return 0, 0, 0
	}
	return calls, time.Duration((after.Nanos - before.Nanos) / calls), (after.Fuel - before.Fuel) / uint64(calls)
}
