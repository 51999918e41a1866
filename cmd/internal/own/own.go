package own

import (
	"context"
	"errors"
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// Client is what there is to do with the tree; *client.Client does it.
type Client interface {
	Create(ctx context.Context, path string, data []byte, mode sdk.CreateMode, acl []sdk.ACL) (string, error)
	GetACL(ctx context.Context, path string) ([]sdk.ACL, sdk.Stat, error)
}

// Create creates a node, and the parents that are missing, without data. What it has made stays when it fails later.
func Create(ctx context.Context, k Client, path string, data []byte) error {
	err := create(ctx, k, path, data, creators)
	if errors.Is(err, sdk.CodeInvalidACL) { // there is nobody whom it could name
		err = create(ctx, k, path, data, func(string) []sdk.ACL { return sdk.OpenACL() })
	}
	return err
}

// creators is the list of a node that is its creator's. "auth" stands for all that he has proved.
func creators(path string) []sdk.ACL {
	others := sdk.PermRead
	if path == sdk.GroveRoot { // frontends, which have identities of their own, create there too
		others |= sdk.PermCreate
	}
	return []sdk.ACL{
		{Perms: sdk.PermAll, Identity: sdk.Identity{Scheme: "auth"}},
		{Perms: others, Identity: sdk.Anyone},
	}
}

func create(ctx context.Context, k Client, path string, data []byte, acl func(path string) []sdk.ACL) error {
	for {
		_, err := k.Create(ctx, path, data, sdk.ModePersistent, acl(path))
		parent, _ := sdk.SplitPath(path)
		if !errors.Is(err, sdk.CodeNoNode) || parent == "" || parent == "/" {
			return err
		}
		if err := create(ctx, k, parent, nil, acl); err != nil && !errors.Is(err, sdk.CodeNodeExists) {
			return err
		}
	}
}

// Open gives the first of these nodes that anyone at all may change, or what is below it; "" when there is none.
func Open(ctx context.Context, k Client, paths ...string) (string, error) {
	for _, path := range paths {
		acl, _, err := k.GetACL(ctx, path)
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(acl, anyoneChanges) {
			return path, nil
		}
	}
	return "", nil
}

func anyoneChanges(entry sdk.ACL) bool {
	return entry.Identity == sdk.Anyone && entry.Perms&^sdk.PermRead != 0
}
