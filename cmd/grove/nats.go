package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"
)

// natsCommand holds what is for those who listen to the messages of the NATS frontend.
func (c *console) natsCommand() *cobra.Command {
	return group(
		&cobra.Command{Use: "nats", Short: "Listen to changes on NATS"},
		c.natsTailCommand(), c.natsStatusCommand(),
	)
}

func (c *console) natsTailCommand() *cobra.Command {
	t := &tail{console: c}
	var from string
	cmd := &cobra.Command{
		Use:   "tail [SUBJECT]",
		Short: "Print changes as NATS brings them, until interrupted",
		Long: "Print changes as NATS brings them, one a line, until interrupted: subject, zxid, path and data. SUBJECT is\n" +
			"'grove.>' unless one is given; 'grove.*.app.>' is everything below /app, 'grove.deleted.>' every deletion.\n" +
			"With --from the stream tells what it has kept first, and nothing is missed when the connection breaks.",
		Args: takes(0, 1),
		PreRunE: func(*cobra.Command, []string) (err error) {
			if t.from, err = parseFrom(from); err != nil {
				return fmt.Errorf("nats tail: --from: %w", err)
			}
			if t.count < 0 {
				return fmt.Errorf("nats tail: -n: %d is negative", t.count)
			}
			t.stored = from != ""
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			subject := "grove.>"
			if len(args) == 1 {
				subject = args[0]
			}
			return fail(t.run(cmd.Context(), subject))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&t.url, "url", nats.DefaultURL, "NATS servers, comma-separated")
	flags.IntVarP(&t.count, "number", "n", 0, "end after so many messages; 0: never")
	flags.StringVar(&from, "from", "", "begin with this zxid, or with all the stream has: a number, 0x… or all")
	return cmd
}

// parseFrom reads a zxid; "" and all are 0.
func parseFrom(text string) (int64, error) {
	if text == "" || text == "all" {
		return 0, nil
	}
	zxid, err := strconv.ParseInt(text, 0, 64)
	if err != nil || zxid < 0 {
		return 0, fmt.Errorf("%q is neither a zxid nor all", text)
	}
	return zxid, nil
}

// tail is one run of the command.
type tail struct {
	*console
	url    string
	count  int   // messages to print, 0 for all there will ever be
	stored bool  // begin with what the stream has kept
	from   int64 // of that, the messages of this zxid and later ones
}

func (t *tail) run(ctx context.Context, subject string) error {
	conn, err := nats.Connect(t.url, nats.Name("grove nats tail"), nats.Timeout(t.timeout), nats.MaxReconnects(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { t.lost(err) }))
	if err != nil {
		return fmt.Errorf("connect to %s: %w", t.url, err)
	}
	defer conn.Close()
	if t.stored {
		err = t.stream(ctx, conn, subject)
	} else {
		err = t.listen(ctx, conn, subject)
	}
	if ctx.Err() != nil {
		return nil // interrupted, as is the way to end it
	}
	return err
}

// lost says that the connection has broken, which it also does in the end, without an error.
func (t *tail) lost(err error) {
	if err != nil {
		_, _ = fmt.Fprintln(t.errs, "connection lost, trying again:", err)
	}
}

// listen prints what comes from now on.
func (t *tail) listen(ctx context.Context, conn *nats.Conn, subject string) error {
	subscription, err := conn.SubscribeSync(subject)
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	if err := t.begin(ctx, conn, subject); err != nil {
		return err
	}
	for n := 1; ; n++ {
		msg, err := subscription.NextMsgWithContext(ctx)
		if errors.Is(err, nats.ErrSlowConsumer) {
			return fmt.Errorf("%s: messages came faster than they could be printed; --from misses none", subject)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", subject, err)
		}
		if err := t.print(msg.Subject, msg.Header, msg.Data); err != nil || n == t.count {
			return err
		}
	}
}

// begin returns once the server knows of the subscription.
func (t *tail) begin(ctx context.Context, conn *nats.Conn, subject string) error {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	if err := conn.FlushWithContext(ctx); err != nil {
		return fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	if err := conn.LastError(); err != nil { // not permitted
		return fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	_, err := fmt.Fprintln(t.errs, "listening to", subject, "at", conn.ConnectedUrlRedacted())
	return err
}
