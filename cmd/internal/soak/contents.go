package soak

import (
	"context"
	"fmt"
	"strings"

	"github.com/grove-coordination/grove/sdk/client"
)

// contents is what one server has below /soak, all of it, as text that can be compared.
func contents(ctx context.Context, server string) (string, error) {
	k, err := client.Dial(ctx, client.Config{Servers: []string{server}, Timeout: sessionTime})
	if err != nil {
		return "", err
	}
	defer func() { _ = k.Close() }() // the session ends, now or by its time-out
	if err := k.Sync(ctx, "/soak"); err != nil {
		return "", err
	}
	names, _, err := k.Children(ctx, "/soak")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, name := range names {
		data, stat, err := k.Get(ctx, "/soak/"+name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "%s %x %+v\n", name, data, stat)
	}
	return out.String(), nil
}
