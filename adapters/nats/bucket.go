package nats

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What NATS' key-value store is made of: a stream with a subject for each key.
const (
	bucketStream    = "KV_"
	bucketSubject   = "$KV."
	headerOperation = "KV-Operation"
	operationDelete = "DEL"
)

// maxTries is how often an entry is written anew because another copy has written it meanwhile.
const maxTries = 16

// open reads what the bucket has, which it creates when it is missing. One that others write to is refused.
func (m *mirror) open(ctx context.Context) error {
	ask, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	_, err := m.js.KeyValue(ask, m.bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		_, err = m.js.CreateKeyValue(ask, jetstream.KeyValueConfig{
			Bucket: m.bucket, Description: "the Grove tree at " + m.root, History: 1, Storage: jetstream.FileStorage,
			Replicas: m.frontend.settings.Replicas,
		})
	}
	if err != nil {
		return err
	}
	m.entries = map[string]entry{}
	return m.load(ctx)
}

// load reads the last message of every key.
func (m *mirror) load(ctx context.Context) error {
	consumer, err := m.js.OrderedConsumer(ctx, bucketStream+m.bucket, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy,
	})
	if err != nil {
		return err
	}
	pending := consumer.CachedInfo().NumPending
	if pending == 0 {
		return nil
	}
	messages, err := consumer.Messages()
	if err != nil {
		return err
	}
	defer messages.Stop()
	for ; pending > 0; pending-- {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		meta, err := msg.Metadata()
		if err != nil {
			return err
		}
		if err := m.note(msg.Subject(), msg.Headers(), msg.Data(), meta.Sequence.Stream); err != nil {
			return err
		}
		pending = meta.NumPending + 1
	}
	return nil
}

// note remembers the last message of a key.
func (m *mirror) note(subject string, header nats.Header, value []byte, sequence uint64) error {
	key := strings.TrimPrefix(subject, m.subject(""))
	zxid, err := strconv.ParseInt(header.Get(headerZxid), 10, 64)
	if err != nil {
		return fmt.Errorf("%w: its entry %s is not one of ours: others write to it", errRefused, key)
	}
	m.entries[key] = entry{sequence, zxid, header.Get(headerOperation) == "", sha256.Sum256(value)}
	return nil
}

func (m *mirror) subject(key string) string { return bucketSubject + m.bucket + "." + key }

// put gives a key a value as of zxid. A value that is longer than a message leaves the key without one.
func (m *mirror) put(ctx context.Context, key string, value []byte, zxid int64) error {
	msg := nats.NewMsg(m.subject(key))
	msg.Header.Set(headerZxid, strconv.FormatInt(zxid, 10))
	msg.Data = value
	if size, fits := (format{maxPayload: m.limit}).fits(msg); !fits {
		m.frontend.meter.skipped.Add(1)
		m.frontend.log.Warn("a value is longer than NATS takes: the key has none", "bucket", m.bucket, "key", key, "bytes", size, "limit", m.limit)
		return m.remove(ctx, key, zxid)
	}
	return m.write(ctx, key, msg, entry{zxid: zxid, there: true, sum: sha256.Sum256(value)})
}

// remove takes a key out as of zxid. One that was never there needs a mark all the same: a copy that is behind may be
// about to put it.
func (m *mirror) remove(ctx context.Context, key string, zxid int64) error {
	msg := nats.NewMsg(m.subject(key))
	msg.Header.Set(headerZxid, strconv.FormatInt(zxid, 10))
	msg.Header.Set(headerOperation, operationDelete)
	return m.write(ctx, key, msg, entry{zxid: zxid, sum: sha256.Sum256(nil)})
}

// write stores the message of a key over the one that is known, unless that one is newer.
func (m *mirror) write(ctx context.Context, key string, msg *nats.Msg, next entry) error {
	for range maxTries {
		last := m.entries[key]
		if last.zxid > next.zxid {
			return nil
		}
		ask, cancel := context.WithTimeout(ctx, publishTimeout)
		ack, err := m.js.PublishMsg(ask, msg, jetstream.WithExpectLastSequencePerSubject(last.sequence), jetstream.WithRetryAttempts(0))
		cancel()
		switch {
		case err == nil:
			next.sequence = ack.Sequence
			m.entries[key] = next
			return nil
		case !overtaken(err):
			return fmt.Errorf("key %s: %w", key, err)
		}
		if err := m.look(ctx, key); err != nil {
			return err
		}
	}
	return fmt.Errorf("key %s: others write it all the time", key)
}

// look reads the last message of a key anew.
func (m *mirror) look(ctx context.Context, key string) error {
	ask, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	stream, err := m.js.Stream(ask, bucketStream+m.bucket)
	if err != nil {
		return err
	}
	msg, err := stream.GetLastMsgForSubject(ask, m.subject(key))
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		delete(m.entries, key)
		return nil
	case err != nil:
		return fmt.Errorf("key %s: %w", key, err)
	}
	return m.note(msg.Subject, msg.Header, msg.Data, msg.Sequence)
}
