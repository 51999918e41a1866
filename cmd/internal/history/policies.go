package history

import (
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

	"github.com/grove-coordination/grove/cmd/internal/own"
	core "github.com/grove-coordination/grove/core/history"
	"github.com/grove-coordination/grove/sdk"
)

// Client is what there is to do with the tree; *client.Client does it.
type Client interface {
	Get(ctx context.Context, path string) ([]byte, sdk.Stat, error)
	Children(ctx context.Context, path string) ([]string, sdk.Stat, error)
	own.Client
	Set(ctx context.Context, path string, data []byte, version int32) (sdk.Stat, error)
	Delete(ctx context.Context, path string, version int32) error
}

// ParseAge reads a time such as 30d, 12h or 1h30m.
func ParseAge(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("age %q: not a number of days", text)
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	age, err := time.ParseDuration(text)
	if err != nil || age <= 0 {
		return 0, fmt.Errorf("age %q: neither a time such as 12h nor days such as 30d", text)
	}
	return age, nil
}

// On has the history of path and everything below it kept from now on, or kept by another policy. The policy is its
// creator's, as [own.Create] makes it.
func On(ctx context.Context, k Client, path string, p core.Policy) error {
	if err := check(path, p); err != nil {
		return fmt.Errorf("history on %s: %w", path, err)
	}
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	node := core.PolicyPath(path)
	err = own.Create(ctx, k, node, data)
	if errors.Is(err, sdk.CodeNodeExists) {
		_, err = k.Set(ctx, node, data, sdk.AnyVersion)
	}
	return err
}

func check(path string, p core.Policy) error {
	switch err := sdk.ValidatePath(path); {
	case err != nil:
		return err
	case sdk.Below(path, core.Root):
		return errors.New("history has no history")
	}
	return p.Check()
}

// Off ends the history of path and what is below it, which is gone then. What a policy farther up would keep becomes an
// exception from that one.
func Off(ctx context.Context, k Client, path string) error {
	policies, err := List(ctx, k)
	if err != nil {
		return err
	}
	for above, _ := sdk.SplitPath(path); above != ""; above, _ = sdk.SplitPath(above) {
		if i := slices.IndexFunc(policies, func(p Policy) bool { return p.Path == above && p.Wrong == nil }); i >= 0 {
			if policies[i].Keep > 0 {
				return On(ctx, k, path, core.NewPolicy(0))
			}
			break
		}
	}
	err = k.Delete(ctx, core.PolicyPath(path), sdk.AnyVersion)
	if errors.Is(err, sdk.CodeNoNode) {
		return fmt.Errorf("history off %s: none is kept", path)
	}
	return err
}

// Policy is what is kept of a path. Wrong says why it is nothing.
type Policy struct {
	Path string
	core.Policy
	Wrong error
}

// List gives the policies there are, by path. What is wrong with one is no error.
func List(ctx context.Context, k Client) ([]Policy, error) {
	names, _, err := k.Children(ctx, core.PoliciesRoot)
	if errors.Is(err, sdk.CodeNoNode) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	policies := make([]Policy, 0, len(names))
	for _, name := range names {
		data, _, err := k.Get(ctx, sdk.JoinPath(core.PoliciesRoot, name))
		if errors.Is(err, sdk.CodeNoNode) {
			continue // it has gone meanwhile
		}
		if err != nil {
			return nil, err
		}
		policies = append(policies, read(name, data))
	}
	slices.SortFunc(policies, func(a, b Policy) int { return strings.Compare(a.Path, b.Path) })
	return policies, nil
}

func read(name string, data []byte) (p Policy) {
	if p.Path, p.Wrong = core.Path(name); p.Wrong != nil {
		p.Path = name
		return p
	}
	p.Policy, p.Wrong = core.ParsePolicy(data)
	return p
}

// MarshalJSON is how the command line shows a policy.
func (p Policy) MarshalJSON() ([]byte, error) {
	if p.Wrong != nil {
		return json.Marshal(struct {
			Path  string `json:"path"`
			Wrong string `json:"wrong"`
		}{p.Path, p.Wrong.Error()})
	}
	return json.Marshal(struct {
		Path   string      `json:"path"`
		Policy core.Policy `json:"policy"`
	}{p.Path, p.Policy})
}

// PrintPolicies writes them as a table.
func PrintPolicies(out io.Writer, policies []Policy) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PATH\tKEEP\tAGE\tENTRIES\tBYTES")
	for _, p := range policies {
		switch {
		case p.Wrong != nil:
			fmt.Fprintf(w, "%s\tnothing: %v\n", p.Path, p.Wrong)
		case p.Keep == 0:
			fmt.Fprintf(w, "%s\tnothing\n", p.Path)
		default:
			fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%d\n", p.Path, p.Keep, age(p.Age), p.Entries, p.Bytes)
		}
	}
	return w.Flush()
}

func age(d time.Duration) string {
	switch day := 24 * time.Hour; {
	case d == 0:
		return "any"
	case d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	}
	return d.String()
}
