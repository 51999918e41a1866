// Nats-tail prints the messages of a NATS subject as they come: what changed, at which zxid, and the new data.
//
//	nats-tail [-url nats://127.0.0.1:4222] [-n COUNT] [SUBJECT]
//
// SUBJECT is 'grove.>' unless one is given. With -n it ends after so many messages.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/nats-io/nats.go"
)

func main() {
	url := flag.String("url", nats.DefaultURL, "NATS server")
	count := flag.Int("n", 0, "messages to print, 0 for all there will ever be")
	flag.Parse()
	subject := "grove.>"
	if flag.NArg() > 0 {
		subject = flag.Arg(0)
	}
	if err := tail(*url, subject, *count); err != nil {
		fmt.Fprintln(os.Stderr, "nats-tail:", err)
		os.Exit(1)
	}
}

// tail prints messages until count have come or a signal ends it.
func tail(url, subject string, count int) error {
	conn, err := nats.Connect(url)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", url, err)
	}
	defer conn.Close()
	messages := make(chan *nats.Msg, 64)
	if _, err := conn.ChanSubscribe(subject, messages); err != nil {
		return fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	for n := 1; ; n++ {
		select {
		case m := <-messages:
			fmt.Printf("%s zxid=%s path=%s %q\n", m.Subject, m.Header.Get("Grove-Zxid"), m.Header.Get("Grove-Path"), m.Data)
		case <-stop:
			return nil
		}
		if n == count {
			return nil
		}
	}
}
