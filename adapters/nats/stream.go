package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// errRefused is wrapped by errors that no second try will mend: a person must look at the stream.
var errRefused = errors.New("stream cannot be used")

// apiTimeout is how long the server has to answer a request about the stream.
const apiTimeout = 5 * time.Second

// ensure returns the stream, which it creates when it is missing. One that exists is left as it is, if changes can
// be kept in it.
func ensure(ctx context.Context, js jetstream.JetStream, s Settings) (jetstream.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	stream, err := js.Stream(ctx, s.Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = js.CreateStream(ctx, streamConfig(s))
	}
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", s.Stream, err)
	}
	return stream, checkStream(stream.CachedInfo().Config, s)
}

// streamConfig bounds a stream by bytes and never by age: when the last message is gone, so is the place.
func streamConfig(s Settings) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        s.Stream,
		Description: "every change of the Grove tree, in order",
		Subjects:    []string{s.Subject + ".>"},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxBytes:    s.MaxBytes,
		Replicas:    s.Replicas,
		DenyDelete:  true,
	}
}

func checkStream(config jetstream.StreamConfig, s Settings) error {
	switch {
	case config.Retention != jetstream.LimitsPolicy:
		return fmt.Errorf("%w: %s has retention %v, which deletes what was read", errRefused, s.Stream, config.Retention)
	case config.Mirror != nil || len(config.Sources) > 0:
		return fmt.Errorf("%w: %s is filled from other streams", errRefused, s.Stream)
	case !slices.Contains(config.Subjects, s.Subject+".>"):
		return fmt.Errorf("%w: %s has subjects %q, not %q", errRefused, s.Stream, config.Subjects, s.Subject+".>")
	case config.NoAck:
		return fmt.Errorf("%w: %s does not acknowledge", errRefused, s.Stream)
	}
	return nil
}
