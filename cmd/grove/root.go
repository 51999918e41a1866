package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/sdk/client"
)

// console is what every command has to work with: where it reads and writes, and the flags that all of them take.
type console struct {
	in        io.Reader
	out, errs io.Writer

	servers string
	admin   string
	timeout time.Duration
	json    bool
	auth    string // user:password or @FILE, "" for nobody
}

func newRoot(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:           "grove",
		Short:         "Coordination server that speaks ZooKeeper's protocol, and its command line",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.errs)
	root.CompletionOptions.HiddenDefaultCmd = true
	flags := root.PersistentFlags()
	flags.StringVar(&c.servers, "server", defaultServers, "servers to talk to, host:port, comma-separated")
	flags.StringVar(&c.admin, "admin", defaultAdmin, "admin address of the server, host:port: why it refused a write, or does not serve")
	flags.StringVar(&c.auth, "auth", "", "user:password to be known by (digest), or @FILE that holds it")
	flags.DurationVar(&c.timeout, "timeout", 10*time.Second, "how long the command may take")
	flags.BoolVar(&c.json, "json", false, "print JSON")
	root.AddCommand(
		c.serveCommand(),
		c.createCommand(), c.getCommand(), c.setCommand(), c.deleteCommand(), c.lsCommand(), c.statCommand(),
		c.watchCommand(), c.validatorCommand(), c.natsCommand(), c.configCommand(), c.traceCommand(), c.measureCommand(), c.memberCommand(), c.soakCommand(),
		c.historyCommand(), c.diffCommand(), c.rollbackNodeCommand(), c.snapshotCommand(), c.logCommand(),
		c.frontendCommand(), c.versionCommand(),
	)
	return root
}

// act makes a command's body of a function that works with a client. Its errors are failures, not wrong use.
func (c *console) act(body func(ctx context.Context, k *client.Client, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), c.timeout)
		defer cancel()
		return fail(c.withClient(ctx, func(k *client.Client) error {
			return c.explain(ctx, k, body(ctx, k, args))
		}))
	}
}

// takes says how many arguments a command has.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return fmt.Errorf("usage: %s", cmd.UseLine())
		}
		return nil
	}
}

// group is a command that only holds others.
func group(cmd *cobra.Command, children ...*cobra.Command) *cobra.Command {
	cmd.Args = cobra.NoArgs // what is left is a child nobody knows
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(children...)
	return cmd
}

// withClient opens a session for the time of body. What body has done is done, whether or not the server confirms the
// end of the session. The error has the server's reason, where it takes one.
func (c *console) withClient(ctx context.Context, body func(*client.Client) error) error {
	return c.reasoned(ctx, c.inSession(ctx, body))
}

func (c *console) inSession(ctx context.Context, body func(*client.Client) error) error {
	credentials, err := c.credentials()
	if err != nil {
		return err
	}
	k, err := client.Dial(ctx, client.Config{Servers: strings.Split(c.servers, ","), Auth: credentials})
	if err != nil {
		return err
	}
	defer func() { _ = k.Close() }()
	return body(k)
}

// credentials are what --auth says.
func (c *console) credentials() ([]client.Credential, error) {
	secret := []byte(c.auth)
	if name, ok := strings.CutPrefix(c.auth, "@"); ok {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("--auth: %w", err)
		}
		secret = bytes.TrimRight(text, "\r\n")
	}
	if len(secret) == 0 {
		return nil, nil
	}
	return []client.Credential{{Scheme: "digest", Secret: secret}}, nil
}

// fail marks err as a failure of the operation. That time is up is said in the user's words.
func fail(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		err = errors.New(strings.ReplaceAll(err.Error(), context.DeadlineExceeded.Error(), "no answer in time (--timeout)"))
	}
	return &failed{err}
}

// printJSON writes one line.
func (c *console) printJSON(v any) error {
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
