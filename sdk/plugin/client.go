package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// Command says how a plugin is started.
type Command struct {
	Name     string // of the frontend here; the plugin's own name may be another
	Path     string // of the executable, looked up in PATH if it has no slash
	Args     []string
	Settings []byte       // handed to the frontend's Configure: a JSON object, nil for none
	SHA256   []byte       // what the executable must have, nil for anything
	Log      *slog.Logger // nil for the default
}

// Client is the host's end of a plugin: a frontend whose Serve runs a process. Serve may be called again after it
// has returned, and starts a new process each time.
type Client struct {
	command Command
	log     *slog.Logger

	traffic traffic

	mu      sync.Mutex // guards what follows
	where   string
	not     error     // why the plugin is not ready
	process *process  // while one runs
	since   time.Time // it does
	border  *border   // while the stream is open
}

var (
	_ sdk.Frontend = (*Client)(nil)
	_ sdk.Readier  = (*Client)(nil)
)

var errNotRunning = errors.New("plugin is not running")

// errDrained is how a stream ends whose frontend was drained. Who did not ask for that reads the text.
var errDrained = errors.New("frontend was stopped from outside")

// New returns a frontend that starts the command when it is served.
func New(command Command) *Client {
	log := command.Log
	if log == nil {
		log = slog.Default()
	}
	return &Client{command: command, log: log.With("plugin", command.Name), not: errNotRunning}
}

// Name implements sdk.Frontend.
func (c *Client) Name() string { return c.command.Name }

// Ready implements sdk.Readier: it says what the plugin's own frontend has said last.
func (c *Client) Ready() (where string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.where, c.not
}

func (c *Client) tell(where string, not error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.where, c.not = where, not
}

// Serve starts the plugin, gives it its settings and serves it until ctx ends; then it lets the frontend close what
// it has opened, and stops the process. When Serve returns, the process and everything it had started or opened is
// gone. The error says why the plugin could not be started, or what it died of.
func (c *Client) Serve(ctx context.Context, host sdk.Host) error {
	c.tell("", errors.New("plugin is starting"))
	defer c.tell("", errNotRunning)
	err := c.serve(ctx, host)
	switch {
	case err == nil || errors.Is(err, errDrained) && ctx.Err() != nil:
		return nil
	case ctx.Err() != nil:
		c.log.Warn("plugin did not end in order", "error", err)
		return nil
	}
	return fmt.Errorf("plugin %s: %w", c.command.Name, err)
}

func (c *Client) serve(ctx context.Context, host sdk.Host) error {
	running, err := launch(ctx, c.command, c.log)
	if err != nil {
		return err
	}
	c.began(running.process)
	defer c.began(nil)
	defer running.stop()
	if err := c.configure(ctx, running.rpc); err != nil {
		return err
	}
	return c.attach(ctx, running, host)
}

func (c *Client) configure(ctx context.Context, rpc pluginpb.FrontendClient) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	about, err := rpc.Describe(ctx, &pluginpb.DescribeRequest{})
	if err != nil {
		return fmt.Errorf("describe: %w", plain(err))
	}
	if _, err := rpc.Configure(ctx, &pluginpb.ConfigureRequest{Settings: c.command.Settings}); err != nil {
		return fmt.Errorf("config: %w", plain(err))
	}
	c.log.Debug("plugin configured", "frontend", about.GetName())
	return nil
}

// attach opens the stream and serves it. The stream outlives ctx by the time the plugin needs to drain.
func (c *Client) attach(ctx context.Context, running *running, host sdk.Host) error {
	life, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	stream, err := running.rpc.Attach(life)
	if err != nil {
		return fmt.Errorf("attach: %w", plain(err))
	}
	defer context.AfterFunc(ctx, func() { running.drain(life, end) })()
	go running.watchHealth(life, end)

	border := newBorder(stream, host, &c.traffic, c.said)
	c.attached(border)
	defer c.attached(nil)
	err = border.run(life)
	switch {
	case life.Err() != nil:
		return context.Cause(life)
	case errors.Is(err, io.EOF):
		return errDrained
	}
	return plain(err)
}

func (c *Client) began(p *process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.process, c.since = p, time.Now()
}

func (c *Client) attached(b *border) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.border = b
}

// said takes what the plugin's frontend says of itself.
func (c *Client) said(where, whyNot string) {
	if whyNot != "" {
		c.tell("", errors.New(whyNot))
		return
	}
	c.tell(where, nil)
}

// plain takes the wrapping off what a plugin has answered, and puts what gRPC says of a dead one in words.
func plain(err error) error {
	switch status := grpcstatus.Convert(err); status.Code() {
	case codes.Aborted, codes.InvalidArgument:
		return errors.New(status.Message())
	case codes.Unavailable:
		return fmt.Errorf("process is gone (%s)", status.Message())
	}
	return err
}
