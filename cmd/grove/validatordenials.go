package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/sdk"
)

func (c *console) denialsCommand() *cobra.Command {
	var follow bool
	cmd := &cobra.Command{
		Use:   "denials",
		Short: "Print the last writes that a server refused, the newest last",
		Long: "Print the last writes that the server at --admin refused, the newest last. A reason that begins with \"audit:\" is that\n" +
			"of a write which was not refused, one with \"bypassed:\" of a write by super which was not judged. Of a multi the\n" +
			"operation that the module named is told; whether it finds fault with others too is not known.",
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if follow {
				return fail(c.followDenials(cmd.Context()))
			}
			denials, err := c.latestDenials(cmd.Context())
			switch {
			case err != nil:
				return fail(err)
			case c.json:
				return fail(c.printJSON(denials))
			}
			return fail(c.table("TIME\tVALIDATOR\tOP\tPATH\tWHO\tREASON", func(row func(...any)) {
				for _, d := range denials {
					row(clock(d.Time), d.Validator, d.Op, d.Path, whoText(d.Who), d.Reason)
				}
			}))
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with those that come, a line for each, until interrupted")
	return cmd
}

// latestDenials asks within --timeout.
func (c *console) latestDenials(ctx context.Context) ([]sdk.Denial, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return fetchDenials(ctx, c.admin)
}

// followEvery is how often the server is asked. It remembers some hundred refusals: what is more than that between two
// times is not seen.
const followEvery = 500 * time.Millisecond

// followDenials prints what is there and then what is new, until ctx ends or the server does not answer.
func (c *console) followDenials(ctx context.Context) error {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	var seen []sdk.Denial
	for {
		denials, err := c.latestDenials(ctx)
		switch {
		case errors.Is(ctx.Err(), context.Canceled):
			return nil
		case err != nil:
			return err
		}
		if err := c.printDenials(newer(seen, denials)); err != nil {
			return err
		}
		seen = denials
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// newer is what denials has after the last of those that were seen.
func newer(seen, denials []sdk.Denial) []sdk.Denial {
	if len(seen) == 0 {
		return denials
	}
	for at := range denials {
		rest := denials[:len(denials)-at]
		if overlap := min(len(rest), len(seen)); slices.EqualFunc(rest[len(rest)-overlap:], seen[len(seen)-overlap:], sameDenial) {
			return denials[len(rest):]
		}
	}
	return denials
}

func sameDenial(a, b sdk.Denial) bool {
	return a.Time == b.Time && a.Validator == b.Validator && a.Path == b.Path && a.Op == b.Op && a.Session == b.Session &&
		a.Reason == b.Reason && slices.Equal(a.Who, b.Who)
}

func (c *console) printDenials(denials []sdk.Denial) error {
	for _, d := range denials {
		if c.json {
			if err := c.printJSON(d); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintln(c.out, clock(d.Time), d.Validator, d.Op, d.Path, whoText(d.Who), d.Reason); err != nil {
			return err
		}
	}
	return nil
}

func whoText(who []sdk.Identity) string {
	var words []string
	for _, id := range who {
		words = append(words, id.Scheme+":"+id.ID)
	}
	return strings.Join(words, " ")
}
