package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/grove-coordination/grove/sdk"
)

// A field is the nodes that a run works on: a root of its own and keys below it.
type field struct {
	config *Config
	root   string
	value  []byte
}

// batch is how many requests of laying out and clearing up are on their way at a time.
const batch = 64

// lay makes the root and the keys.
func lay(ctx context.Context, config *Config) (*field, error) {
	f := &field{config: config, root: fmt.Sprintf("/grove-bench-%016x", rand.Uint64()), value: make([]byte, config.Size)}
	for i := range f.value {
		f.value[i] = byte('a' + i%26)
	}
	l, err := dial(ctx, config.Servers[0])
	if err != nil {
		return nil, err
	}
	defer l.close()
	if h, err := l.do(f.create(f.root)); err != nil || h.code != sdk.OK {
		return nil, fmt.Errorf("create %s: %w", f.root, errors.Join(err, h.code.Err()))
	}
	return f, f.plant(ctx, l)
}

// plant makes the keys, many at a time.
func (f *field) plant(ctx context.Context, l *line) error {
	keys := f.keys()
	for next, done := 0, 0; done < keys; done++ {
		for ; next < keys && next-done < batch; next++ {
			if err := l.ask(f.create(f.key(next))); err != nil {
				return err
			}
		}
		if err := errors.Join(ctx.Err(), l.flush()); err != nil {
			return err
		}
		if h, err := l.hear(); err != nil || h.code != sdk.OK {
			return fmt.Errorf("create %s: %w", f.key(done), errors.Join(err, h.code.Err()))
		}
	}
	return nil
}

// keys is how many nodes there are to be before the run.
func (f *field) keys() int {
	switch f.config.Load {
	case "create", "connect":
		return 0
	case "watch":
		return 1
	}
	return f.config.Keys
}

func (f *field) create(path string) *sdk.Op {
	return &sdk.Op{Kind: sdk.OpCreate, Path: path, Data: f.value, ACL: sdk.OpenACL()}
}

func (f *field) key(i int) string { return fmt.Sprintf("%s/%07d", f.root, i) }
