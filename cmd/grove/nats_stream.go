package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// stream prints what the stream with the subject has kept, and what comes after that. The client's consumer takes
// care of connections that break.
func (t *tail) stream(ctx context.Context, conn *nats.Conn, subject string) error {
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	messages, err := t.consume(ctx, js, subject)
	if err != nil {
		return err
	}
	defer messages.Stop()
	defer context.AfterFunc(ctx, messages.Stop)()
	for n := 0; ; {
		msg, err := messages.Next()
		if err != nil {
			return fmt.Errorf("%s: %w", subject, err)
		}
		if t.before(msg.Headers()) {
			continue
		}
		n++
		if err := t.print(msg.Subject(), msg.Headers(), msg.Data()); err != nil || n == t.count {
			return err
		}
	}
}

func (t *tail) consume(ctx context.Context, js jetstream.JetStream, subject string) (jetstream.MessagesContext, error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	name, err := js.StreamNameBySubject(ctx, subject)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("no stream keeps %s; without --from it can be listened to", subject)
	}
	if err != nil {
		return nil, fmt.Errorf("stream of %s: %w", subject, err)
	}
	consumer, err := js.OrderedConsumer(ctx, name, jetstream.OrderedConsumerConfig{FilterSubjects: []string{subject}})
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", name, err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", name, err)
	}
	_, err = fmt.Fprintln(t.errs, "reading", subject, "from stream", name)
	return messages, err
}

// before reports whether a message is of an earlier transaction than what was asked for.
func (t *tail) before(header nats.Header) bool {
	zxid, err := strconv.ParseInt(header.Get("Grove-Zxid"), 10, 64)
	return err == nil && zxid < t.from
}

// print writes one message: what is worth knowing of it on a line, or all that it says with --json.
func (t *tail) print(subject string, header nats.Header, body []byte) error {
	if t.json {
		return t.printJSON(newEvent(subject, header, body))
	}
	line := subject
	for _, show := range []struct{ word, header string }{
		{"zxid", "Grove-Zxid"}, {"path", "Grove-Path"}, {"snapshot", "Grove-Snapshot"}, {"from", "Grove-Gap-From"}, {"to", "Grove-Gap-To"},
	} {
		if value := header.Get(show.header); value != "" {
			line += " " + show.word + "=" + value
		}
	}
	_, err := fmt.Fprintf(t.out, "%s %q\n", line, body)
	return err
}

// event is a message as JSON shows it: "body" when that is text, else "body_base64".
type event struct {
	Subject string            `json:"subject"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    *string           `json:"body,omitempty"`
	Base64  []byte            `json:"body_base64,omitempty"`
}

func newEvent(subject string, header nats.Header, body []byte) event {
	e := event{Subject: subject, Headers: make(map[string]string, len(header))}
	for key := range header {
		e.Headers[key] = header.Get(key)
	}
	if !utf8.Valid(body) {
		e.Base64 = body
		return e
	}
	text := string(body)
	e.Body = &text
	return e
}
