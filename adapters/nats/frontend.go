package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/grove-coordination/grove/sdk"
)

var errStopped = errors.New("not running")

const (
	publishTimeout = 5 * time.Second       // for the answer to a message
	firstPause     = 20 * time.Millisecond // between attachments that have published nothing
	lastPause      = 2 * time.Second

	// markEvery is how long nothing that passes the filter may happen until the stream gets a message that says so. It
	// is less than the feed is kept for, so that a filter that is quiet for a day is no gap after a restart.
	markEvery = 10 * time.Minute
)

// Frontend is the adapter. It must be configured before it is served.
type Frontend struct {
	log      *slog.Logger
	settings Settings
	sealer   sealer                              // of the settings, from Serve on
	plant    func(asyncPublisher) asyncPublisher // nil but in tests, which put faults between

	straysTold time.Time // when the log last had it that others publish; used by the goroutine that publishes
	ungranted  sync.Once // it was said that nobody can be elected
	reached    *place    // of plain NATS; used by Serve's goroutine
	filter     filter    // of the settings
	markEvery  time.Duration
	meter      meter
	stands     atomic.Bool           // another copy publishes
	mirrored   atomic.Pointer[error] // why the bucket is not up to date, nil when it is, or when there is none

	mu    sync.Mutex // guards what follows
	where string
	not   error // why nothing is published
}

var (
	_ sdk.Frontend   = (*Frontend)(nil)
	_ sdk.Configurer = (*Frontend)(nil)
	_ sdk.Readier    = (*Frontend)(nil)
)

// New returns an adapter that logs to what is the default logger when it is served.
func New() *Frontend {
	return &Frontend{settings: defaults(), not: errStopped, markEvery: markEvery}
}

// Name implements sdk.Frontend.
func (f *Frontend) Name() string { return "nats" }

// Configure implements sdk.Configurer; the settings are those of Settings.
func (f *Frontend) Configure(settings []byte) (err error) {
	if f.settings, err = parseSettings(settings); err != nil {
		return err
	}
	f.filter, err = f.settings.filter()
	return err
}

// Ready implements sdk.Readier. The address is that of the NATS server; the error says why changes are not being
// published. A copy that stands by while another publishes is ready.
func (f *Frontend) Ready() (where string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.where, f.not
}

func (f *Frontend) tell(where string, not error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.where, f.not = where, not
}

// Serve implements sdk.Frontend: it publishes until ctx ends. It waits for a NATS server that is away; it returns an
// error when its own cannot start, or when the stream cannot be used.
func (f *Frontend) Serve(ctx context.Context, host sdk.Host) error {
	f.log = slog.Default().With("room", "nats")
	b, err := f.connect()
	if err != nil {
		return err
	}
	defer b.close()
	stop, err := f.offer(ctx, host, b.answers)
	if err != nil {
		return err
	}
	defer stop()
	if !f.settings.JetStream {
		return f.keep(ctx, host, b)
	}
	if f.sealer, err = f.settings.sealer(); err != nil {
		return err
	}
	b.js, err = jetstream.New(b.conn, jetstream.WithPublishAsyncTimeout(publishTimeout),
		jetstream.WithPublishAsyncMaxPending(2*windowMessages))
	if err != nil {
		return err
	}
	return f.keep(ctx, host, b)
}

// keep attaches again and again until ctx ends or the stream is refused. When it has stored nothing it waits
// longer each time: the server is away, or another copy of the adapter is always faster.
func (f *Frontend) keep(ctx context.Context, host sdk.Host, b *broker) error {
	defer f.tell("", errStopped)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		stored, err := f.attach(ctx, host, b)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errRefused):
			return err
		case stored > 0:
			pause = firstPause
		}
		if !overtaken(err) {
			f.report(err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// report makes it known why nothing is published; the log has it once.
func (f *Frontend) report(err error) {
	level := slog.LevelWarn
	if _, before := f.Ready(); before != nil && before.Error() == err.Error() {
		level = slog.LevelDebug
	}
	f.log.Log(context.Background(), level, "nothing is published", "error", err)
	f.tell("", err)
}

// errCodeWrongLastID is what the server says to an expected id that is not that of the last message.
const errCodeWrongLastID jetstream.ErrorCode = 10070

// overtaken reports whether somebody was faster: another copy of the adapter, and then the change is published and all is
// well; or a stray.
func overtaken(err error) bool {
	if errors.Is(err, errBehind) {
		return true
	}
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant || api.ErrorCode == errCodeWrongLastID)
}

// attach publishes until something goes wrong, and returns how many messages were stored.
func (f *Frontend) attach(ctx context.Context, host sdk.Host, b *broker) (int, error) {
	ctx, release, err := b.connected(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	var publish publisher = f.followPlain
	if f.settings.JetStream {
		stream, err := ensure(ctx, b.js, f.settings)
		if err != nil {
			return 0, err
		}
		publish = f.followStream(stream)
	}
	if f.settings.URL != "" && f.settings.Elect {
		var resign func()
		ctx, resign, err = f.elect(ctx, host, func(owner string) { f.standBy(b.address(), owner) })
		if err != nil {
			return 0, err
		}
		defer resign()
	}
	defer f.mirrorAlong(ctx, host, b)()
	return publish(ctx, host, b, func() { f.stands.Store(false); f.tell(b.address(), nil) })
}

// standBy makes it known that another copy publishes, which is as it should be.
func (f *Frontend) standBy(address, owner string) {
	f.log.Info("another copy publishes", "owner", owner)
	f.reached = nil // what it has published is not to be told again
	f.stands.Store(true)
	f.tell(fmt.Sprintf("%s (%s publishes)", address, owner), nil)
}

// publisher publishes until something goes wrong, and returns how many messages were stored. It calls ready once it
// has begun.
type publisher func(ctx context.Context, host sdk.Host, b *broker, ready func()) (stored int, err error)

func (f *Frontend) newFollower(host sdk.Host, b *broker) *follower {
	f.meter.begin()
	return &follower{
		host: host, format: f.format(b), filter: f.filter, snapshots: f.settings.Snapshot,
		meter: &f.meter, log: f.log, markEvery: f.markEvery, marked: time.Now(),
	}
}

func (f *Frontend) format(b *broker) format {
	return format{
		prefix: f.settings.Subject, cluster: f.settings.Cluster, body: f.settings.Body, maxPayload: int(b.conn.MaxPayload()),
	}
}
