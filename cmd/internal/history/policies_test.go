package history

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	core "github.com/grove-coordination/grove/core/history"
	"github.com/grove-coordination/grove/sdk"
)

func TestParseAge(t *testing.T) {
	for text, want := range map[string]time.Duration{"30d": 720 * time.Hour, "12h": 12 * time.Hour, "1h30m": 90 * time.Minute} {
		if got, err := ParseAge(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "d", "-1d", "1.5d", "30", "-1h", "0s", "99999d"} {
		if got, err := ParseAge(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// policies is a tree that has policies and nothing else.
type policies map[string]string

func (p policies) Get(_ context.Context, path string) ([]byte, sdk.Stat, error) {
	return []byte(p[path]), sdk.Stat{}, nil
}

func (p policies) Children(context.Context, string) (names []string, _ sdk.Stat, _ error) {
	for path := range p {
		names = append(names, strings.TrimPrefix(path, core.PoliciesRoot+"/"))
	}
	return names, sdk.Stat{}, nil
}

func (p policies) Create(_ context.Context, path string, data []byte, _ sdk.CreateMode, _ []sdk.ACL) (string, error) {
	if _, there := p[path]; there {
		return "", sdk.CodeNodeExists
	}
	p[path] = string(data)
	return path, nil
}

func (p policies) GetACL(context.Context, string) ([]sdk.ACL, sdk.Stat, error) { panic("nobody asks") }

func (p policies) Set(_ context.Context, path string, data []byte, _ int32) (sdk.Stat, error) {
	p[path] = string(data)
	return sdk.Stat{}, nil
}

func (p policies) Delete(_ context.Context, path string, _ int32) error {
	if _, there := p[path]; !there {
		return sdk.CodeNoNode
	}
	delete(p, path)
	return nil
}

// TestOff: what a path above keeps becomes an exception, and what is kept for the path itself goes.
func TestOff(t *testing.T) {
	k, ctx := policies{}, t.Context()
	on := func(path string, keep int) {
		t.Helper()
		if err := On(ctx, k, path, core.NewPolicy(keep)); err != nil {
			t.Fatal(err)
		}
	}
	on("/a", 5)
	on("/a", 7)
	on("/a/b", 3)
	if err := Off(ctx, k, "/a/b"); err != nil {
		t.Fatal(err)
	}
	if err := Off(ctx, k, "/a/b/c"); err == nil {
		t.Error("off below an exception, where nothing is kept")
	}
	k[core.PolicyPath("/broken")] = "{"
	var out bytes.Buffer
	list, err := List(ctx, k)
	if err != nil {
		t.Fatal(err)
	}
	if err := PrintPolicies(&out, list); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/a ", " 7 ", "any  100000   67108864\n", "/a/b     nothing\n", "/broken  nothing: no policy: no JSON object of "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, &out)
		}
	}
	if err := Off(ctx, k, "/a"); err != nil {
		t.Fatal(err)
	}
	if err := Off(ctx, k, "/a"); err == nil || errors.Is(err, sdk.CodeNoNode) {
		t.Errorf("off twice: %v", err)
	}
	if err := On(ctx, k, core.EntriesRoot, core.NewPolicy(1)); err == nil {
		t.Error("history has a history")
	}
}
