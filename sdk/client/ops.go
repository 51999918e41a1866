package client

import (
	"context"
	"errors"

	"github.com/grove-coordination/grove/sdk"
)

// Create makes a node and returns its name, which for a sequential one ends in its number. A nil ACL is the open one;
// nil and empty data are different.
func (c *Client) Create(ctx context.Context, path string, data []byte, mode sdk.CreateMode, acl []sdk.ACL) (string, error) {
	if acl == nil {
		acl = sdk.OpenACL()
	}
	m, err := c.do(ctx, &sdk.Op{Kind: sdk.OpCreate, Path: path, Data: data, Mode: mode, ACL: acl}, nil)
	return m.Result.Path, err
}

// CreateParents is Create, and makes the parents that are missing as persistent nodes without data, open to all. What
// it has made stays when it fails later.
func (c *Client) CreateParents(ctx context.Context, path string, data []byte, mode sdk.CreateMode, acl []sdk.ACL) (string, error) {
	for {
		name, err := c.Create(ctx, path, data, mode, acl)
		parent, _ := sdk.SplitPath(path)
		if !errors.Is(err, sdk.CodeNoNode) || parent == "" || parent == "/" {
			return name, err
		}
		_, err = c.CreateParents(ctx, parent, nil, sdk.ModePersistent, nil)
		if err != nil && !errors.Is(err, sdk.CodeNodeExists) {
			return "", err
		}
	}
}

// Get reads a node.
func (c *Client) Get(ctx context.Context, path string) ([]byte, sdk.Stat, error) {
	m, err := c.do(ctx, &sdk.Op{Kind: sdk.OpGetData, Path: path}, nil)
	return m.Result.Data, m.Result.Stat, err
}

// GetW is Get and leaves a watch for the next change or the deletion of the node. Without the node there is none.
func (c *Client) GetW(ctx context.Context, path string) ([]byte, sdk.Stat, *Watch, error) {
	w := newWatch()
	m, err := c.do(ctx, &sdk.Op{Kind: sdk.OpGetData, Path: path, Watch: true}, w)
	if err != nil {
		return nil, sdk.Stat{}, nil, err
	}
	return m.Result.Data, m.Result.Stat, w, nil
}

// Set writes a node if its version is the one given, or whatever it is with sdk.AnyVersion.
func (c *Client) Set(ctx context.Context, path string, data []byte, version int32) (sdk.Stat, error) {
	m, err := c.do(ctx, &sdk.Op{Kind: sdk.OpSetData, Path: path, Data: data, Version: version}, nil)
	return m.Result.Stat, err
}

// Delete removes a node without children if its version is the one given, or whatever it is with sdk.AnyVersion.
func (c *Client) Delete(ctx context.Context, path string, version int32) error {
	_, err := c.do(ctx, &sdk.Op{Kind: sdk.OpDelete, Path: path, Version: version}, nil)
	return err
}

// Exists tells whether the node is there. That it is not is no error.
func (c *Client) Exists(ctx context.Context, path string) (sdk.Stat, bool, error) {
	return c.exists(ctx, path, nil)
}

// ExistsW is Exists and leaves a watch for the creation of the node, or for its next change or deletion.
func (c *Client) ExistsW(ctx context.Context, path string) (sdk.Stat, bool, *Watch, error) {
	w := newWatch()
	stat, ok, err := c.exists(ctx, path, w)
	if err != nil {
		return sdk.Stat{}, false, nil, err
	}
	return stat, ok, w, nil
}

func (c *Client) exists(ctx context.Context, path string, w *Watch) (sdk.Stat, bool, error) {
	m, err := c.do(ctx, &sdk.Op{Kind: sdk.OpExists, Path: path, Watch: w != nil}, w)
	if errors.Is(err, sdk.CodeNoNode) {
		return sdk.Stat{}, false, nil
	}
	return m.Result.Stat, err == nil, err
}

// Children lists the names of a node's children, in no order one should rely on.
func (c *Client) Children(ctx context.Context, path string) ([]string, sdk.Stat, error) {
	m, err := c.do(ctx, &sdk.Op{Kind: sdk.OpGetChildren2, Path: path}, nil)
	return m.Result.Children, m.Result.Stat, err
}

// ChildrenW is Children and leaves a watch for the next child that comes or goes, or the deletion of the node.
func (c *Client) ChildrenW(ctx context.Context, path string) ([]string, sdk.Stat, *Watch, error) {
	w := newWatch()
	m, err := c.do(ctx, &sdk.Op{Kind: sdk.OpGetChildren2, Path: path, Watch: true}, w)
	if err != nil {
		return nil, sdk.Stat{}, nil, err
	}
	return m.Result.Children, m.Result.Stat, w, nil
}

// GetACL reads who may do what with a node.
func (c *Client) GetACL(ctx context.Context, path string) ([]sdk.ACL, sdk.Stat, error) {
	m, err := c.do(ctx, &sdk.Op{Kind: sdk.OpGetACL, Path: path}, nil)
	return m.Result.ACL, m.Result.Stat, err
}

// SetACL replaces it if the version of the ACL is the one given, or whatever it is with sdk.AnyVersion.
func (c *Client) SetACL(ctx context.Context, path string, acl []sdk.ACL, version int32) (sdk.Stat, error) {
	m, err := c.do(ctx, &sdk.Op{Kind: sdk.OpSetACL, Path: path, ACL: acl, Version: version}, nil)
	return m.Result.Stat, err
}

// Multi does all operations (create, create2, delete, setData, check) or none. When one fails, the error names it,
// and the results say it of each.
func (c *Client) Multi(ctx context.Context, ops ...sdk.Op) ([]sdk.OpResult, error) {
	m, err := c.do(ctx, &sdk.Op{Kind: sdk.OpMulti, Ops: ops}, nil)
	if err == nil {
		err = multiFailure(ops, m.Result.Multi)
	}
	return m.Result.Multi, err
}

// Sync returns once this session's server has seen everything that was committed before the call: reads made after
// it see that too.
func (c *Client) Sync(ctx context.Context, path string) error {
	_, err := c.do(ctx, &sdk.Op{Kind: sdk.OpSync, Path: path}, nil)
	return err
}
