package history

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	core "github.com/grove-coordination/grove/core/history"
	"github.com/grove-coordination/grove/sdk"
)

// Change is one change of a node that history has. Its number is -1 when it is the current state, which history has not.
type Change struct {
	Number int
	core.Entry
}

// ErrNone is returned for a node of which history has nothing, or nothing that one may read.
var ErrNone = errors.New("no history is kept")

// Changes lists what history has of a node, oldest first. The node itself need not be there any more.
func Changes(ctx context.Context, k Client, path string) ([]Change, error) {
	if err := sdk.ValidatePath(path); err != nil {
		return nil, err
	}
	names, _, err := k.Children(ctx, core.EntriesPath(path))
	switch {
	case errors.Is(err, sdk.CodeNoNode):
		return nil, fmt.Errorf("history %s: %w", path, ErrNone)
	case errors.Is(err, sdk.CodeNoAuth):
		return nil, fmt.Errorf("history %s: %w", path, sdk.CodeNoAuth)
	case err != nil:
		return nil, err
	}
	changes := make([]Change, 0, len(names))
	for _, name := range names {
		c, err := change(ctx, k, path, name)
		switch {
		case err == nil:
			changes = append(changes, c)
		case !errors.Is(err, sdk.CodeNoNode) && !errors.Is(err, sdk.CodeNoAuth): // gone meanwhile, or before one could read
			return nil, err
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Number, b.Number) })
	return changes, nil
}

func change(ctx context.Context, k Client, path, name string) (c Change, err error) {
	if c.Number, err = strconv.Atoi(name); err != nil {
		return c, fmt.Errorf("history %s: %q is no number", path, name)
	}
	data, _, err := k.Get(ctx, sdk.JoinPath(core.EntriesPath(path), name))
	if err != nil {
		return c, err
	}
	if c.Entry, err = core.ParseEntry(data); err != nil {
		return c, fmt.Errorf("history %s: number %s: %w", path, name, err)
	}
	return c, nil
}

// PrintChanges writes them as a table, oldest first.
func PrintChanges(out io.Writer, changes []Change) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NUMBER\tWHEN\tWHO\tFROM\tKIND\tVERSION\tSIZE")
	for _, c := range changes {
		size := "-"
		if c.HasData() {
			size = strconv.Itoa(len(c.Data))
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%v\t%d\t%s\n", c.Number, c.when(),
			cmp.Or(strings.Join(c.Who, " "), "-"), cmp.Or(c.From, "-"), c.Kind, c.Version, size)
	}
	return w.Flush()
}

func (c Change) when() string {
	return time.UnixMilli(c.Time).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// MarshalJSON is how the command line shows a change, without the data.
func (c Change) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Number  int      `json:"number"`
		Zxid    int64    `json:"zxid"`
		Time    string   `json:"time"`
		Kind    string   `json:"kind"`
		Version int32    `json:"version"`
		Who     []string `json:"who"`
		From    string   `json:"from,omitempty"`
		Session int64    `json:"session,omitempty"`
		Size    int      `json:"size"`
	}{c.Number, c.Zxid, c.when(), c.Kind.String(), c.Version, append([]string{}, c.Who...), c.From, c.Session, len(c.Data)})
}
