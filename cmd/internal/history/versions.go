package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"

	core "github.com/grove-coordination/grove/core/history"
	"github.com/grove-coordination/grove/sdk"
)

// Version is the change that gave a node this version of its data. Of several, because the node was deleted and made again,
// it is the latest; the current version is known without history.
func Version(ctx context.Context, k Client, path string, version int32) (Change, error) {
	current, err := now(ctx, k, path)
	if err == nil && current.Version == version {
		return current, nil
	}
	if err != nil && !errors.Is(err, sdk.CodeNoNode) {
		return Change{}, err
	}
	changes, err := Changes(ctx, k, path)
	if err != nil {
		return Change{}, err
	}
	var kept []string
	for _, c := range slices.Backward(changes) {
		if c.HasData() && c.Version == version {
			return c, nil
		}
		if c.HasData() {
			kept = append(kept, fmt.Sprint(c.Version))
		}
	}
	slices.Reverse(kept)
	return Change{}, fmt.Errorf("%s: version %d is not kept; there are: %s", path, version, strings.Join(kept, " "))
}

// now is the current state as if it were a change.
func now(ctx context.Context, k Client, path string) (Change, error) {
	data, stat, err := k.Get(ctx, path)
	if err != nil {
		return Change{}, err
	}
	kind := sdk.Changed
	if stat.Mzxid == stat.Czxid {
		kind = sdk.Created
	}
	return Change{Number: -1, Entry: core.Entry{
		Zxid: stat.Mzxid, Time: stat.Mtime, Kind: kind, Version: stat.Version, Data: data,
	}}, nil
}

// Diff writes how two versions of a node differ: text line by line, in the unified format, anything else in a sentence.
// It writes nothing when they are equal.
func Diff(ctx context.Context, k Client, out io.Writer, path string, from, to int32) error {
	a, err := Version(ctx, k, path, from)
	if err != nil {
		return err
	}
	b, err := Version(ctx, k, path, to)
	if err != nil {
		return err
	}
	if isText(a.Data) && isText(b.Data) {
		_, err = out.Write(diff.Diff(fmt.Sprintf("%s version %d", path, from), a.Data, fmt.Sprintf("%s version %d", path, to), b.Data))
		return err
	}
	if bytes.Equal(a.Data, b.Data) {
		return nil
	}
	_, err = fmt.Fprintf(out, "%s: binary: version %d has %d bytes, version %d has %d, the first %d are the same\n",
		path, from, len(a.Data), to, len(b.Data), alike(a.Data, b.Data))
	return err
}

func isText(data []byte) bool { return utf8.Valid(data) && bytes.IndexByte(data, 0) < 0 }

// alike is how many bytes from the start are the same.
func alike(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// Rollback gives a node the data of an earlier version again, as a new version. When somebody changes the node meanwhile
// nothing is done, and the error is sdk.CodeBadVersion.
func Rollback(ctx context.Context, k Client, path string, to int32) (sdk.Stat, error) {
	current, err := now(ctx, k, path)
	if err != nil {
		return sdk.Stat{}, err
	}
	old, err := Version(ctx, k, path, to)
	if err != nil {
		return sdk.Stat{}, err
	}
	return k.Set(ctx, path, old.Data, current.Version)
}
