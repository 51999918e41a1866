package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/cmd/internal/conform"
)

func (c *console) conformCommand() *cobra.Command {
	var settings, client string
	cmd := &cobra.Command{
		Use:   "conform COMMAND [ARGS...]",
		Short: "Check whether a program is a good frontend",
		Long: "Start a program as a server would, beside a core of its own, and check how it behaves: handshake, sessions,\n" +
			"order, back-pressure, resume, compaction, leader change, crash, drain, noise, settings. One line for each check:\n" +
			"ok, FAILED and why, or - where there is nothing to judge by. The exit status is 1 when one has failed.\n\n" +
			"What the program says to its clients is not known here. With --client a command plays one: it finds where the\n" +
			"program serves in the environment, as GROVE_WHERE and GROVE_ADDRESS (host:port), and fails when it does not get\n" +
			"what it should. It is run many times, also at once.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			subject := conform.Subject{Path: args[0], Args: args[1:], Settings: []byte(settings), Client: shell(client)}
			if settings != "" && !json.Valid(subject.Settings) {
				return errors.New("frontend conform: --settings is not JSON")
			}
			return fail(c.conform(cmd.Context(), subject))
		},
	}
	cmd.Flags().SetInterspersed(false) // what comes after the command is the command's
	cmd.Flags().StringVar(&settings, "settings", "", "settings of the program, a JSON object")
	cmd.Flags().StringVar(&client, "client", "", "shell command that plays a client of the program")
	return cmd
}

// shell is a command line as a command.
func shell(line string) []string {
	if line == "" {
		return nil
	}
	return []string{"/bin/sh", "-c", line}
}

func (c *console) conform(ctx context.Context, subject conform.Subject) error {
	good, err := conform.Run(ctx, subject, func(r conform.Result) { _ = c.showResult(r) }) // to a terminal that is gone
	if err == nil && !good {
		err = errors.New("the program does not conform")
	}
	if err != nil {
		return fmt.Errorf("frontend conform: %w", err)
	}
	return nil
}

func (c *console) showResult(r conform.Result) error {
	if c.json {
		return c.printJSON(r)
	}
	line := fmt.Sprintf("%-14s %-6s %6s  %s", r.Check, r.Outcome, r.Took.Round(10*time.Millisecond), r.Reason)
	_, err := fmt.Fprintln(c.out, strings.TrimRight(line, " "))
	return err
}
