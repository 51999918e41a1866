package conform

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// address is the host and port of where the program says that it serves, "" when there are none.
func (t *trial) address() string {
	where := t.where
	if u, err := url.Parse(where); err == nil && u.Host != "" {
		where = u.Host
	}
	if _, _, err := net.SplitHostPort(where); err != nil {
		return ""
	}
	return where
}

// connect opens a connection as a client would. The caller hangs up.
func (t *trial) connect(ctx context.Context) (net.Conn, error) {
	address := t.address()
	if address == "" {
		return nil, none(fmt.Sprintf("it serves at %q, which nobody can connect to", t.where))
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", address)
}

// visit plays so many clients at once: those of the subject, or some that connect, wait a little and hang up.
func (t *trial) visit(ctx context.Context, clients int) error {
	errs := make([]error, clients)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() { errs[i] = t.play(ctx) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return t.because(ctx, err)
		}
	}
	return nil
}

// because is why the program has ended, if that is what its clients suffer from: they may see it first.
func (t *trial) because(ctx context.Context, err error) error {
	select {
	case <-t.run.ended:
		err, _ = t.run.over()
	case <-time.After(time.Second):
	case <-ctx.Done():
	}
	return err
}

func (t *trial) play(ctx context.Context) error {
	if len(t.subject.Client) > 0 {
		return t.command(ctx)
	}
	conn, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	select {
	case <-time.After(200 * time.Millisecond): // to be seen
	case <-ctx.Done():
	}
	return nil
}

// command runs the subject's client.
func (t *trial) command(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, t.subject.Client[0], t.subject.Client[1:]...)
	cmd.Env = append(os.Environ(), "GROVE_WHERE="+t.where, "GROVE_ADDRESS="+t.address())
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("client: %w: %.200s", errors.Join(err, ctx.Err()), lines[len(lines)-1])
	}
	return nil
}
