package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// tidying is how long it may take to remove what a run has made.
const tidying = time.Minute

// clear removes everything below the root, and the root. It has a time of its own, as that of the run may be over.
func (f *field) clear() error {
	ctx, cancel := context.WithTimeout(context.Background(), tidying)
	defer cancel()
	c, err := client.Dial(ctx, client.Config{Servers: f.config.Servers})
	if err != nil {
		return fmt.Errorf("%s stays: %w", f.root, err)
	}
	defer func() { _ = c.Close() }()
	names, _, err := c.Children(ctx, f.root)
	for len(names) > 0 && err == nil {
		n := min(batch, len(names))
		err = f.remove(ctx, c, names[:n])
		names = names[n:]
	}
	if err = errors.Join(err, c.Delete(ctx, f.root, sdk.AnyVersion)); err != nil {
		return fmt.Errorf("%s stays: %w", f.root, err)
	}
	return nil
}

// remove removes some children at once.
func (f *field) remove(ctx context.Context, c *client.Client, names []string) error {
	ops := make([]sdk.Op, len(names))
	for i, name := range names {
		ops[i] = sdk.Op{Kind: sdk.OpDelete, Path: sdk.JoinPath(f.root, name), Version: sdk.AnyVersion}
	}
	_, err := c.Multi(ctx, ops...)
	return err
}
