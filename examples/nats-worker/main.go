// Nats-worker does its work for every change of a part of the tree, in order, also for those that come while it is away: an
// application that knows of Grove only what NATS brings, and keeps no notes.
//
//	nats-worker [-url nats://127.0.0.1:4222] [-stream GROVE] [-name NAME] [-n COUNT] [SUBJECT]
//
// SUBJECT is 'grove.>' unless one is given; 'grove.*.jobs.>' is everything below /jobs. With -n it ends after so many
// changes. Workers of the same NAME share the work. To just look at what comes there is `grove nats tail`.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func main() {
	url := flag.String("url", nats.DefaultURL, "NATS server")
	stream := flag.String("stream", "GROVE", "JetStream stream of the changes")
	name := flag.String("name", "worker", "under which the server remembers what is done")
	count := flag.Int("n", 0, "changes to work for, 0 for all there will ever be")
	flag.Parse()
	subject := "grove.>"
	if flag.NArg() > 0 {
		subject = flag.Arg(0)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, *url, *stream, *count, jetstream.ConsumerConfig{
		Durable: *name, FilterSubject: subject,
		AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 1, // one after the other, so that they are in order
	})
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "nats-worker:", err)
		os.Exit(1)
	}
}

// run works for changes until count are done or ctx ends. What is not acknowledged comes again, to this worker or another.
func run(ctx context.Context, url, stream string, count int, config jetstream.ConsumerConfig) error {
	conn, err := nats.Connect(url)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", url, err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	consumer, err := js.CreateOrUpdateConsumer(ctx, stream, config)
	if err != nil {
		return fmt.Errorf("stream %s: %w", stream, err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(1))
	if err != nil {
		return fmt.Errorf("stream %s: %w", stream, err)
	}
	defer messages.Stop()
	for done := 0; count == 0 || done < count; {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		if work(msg) {
			done++
		}
		if err := msg.DoubleAck(ctx); err != nil {
			return fmt.Errorf("%s: %w", msg.Subject(), err)
		}
	}
	return nil
}

// work is what there is to do for a change. It reports whether the message was one: on a server where others may publish
// there can be anything.
func work(msg jetstream.Msg) bool {
	switch header := msg.Headers(); header.Get("Grove-Kind") {
	case "created", "changed", "deleted", "acl":
		fmt.Printf("%s %s zxid=%s %q\n", header.Get("Grove-Kind"), header.Get("Grove-Path"), header.Get("Grove-Zxid"), msg.Data())
		return true
	case "gap": // the tree has to be read again: away for longer than changes are kept
		fmt.Printf("missed zxids %s to %s\n", header.Get("Grove-Gap-From"), header.Get("Grove-Gap-To"))
	}
	return false
}
