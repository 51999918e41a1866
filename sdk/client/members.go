package client

import (
	"context"

	"github.com/grove-coordination/grove/sdk"
)

// Reconfig changes the members of the cluster and returns them as they are then, in the words of /zookeeper/config. It
// needs WRITE on that node, which by default only the super identity has, and may take as long as a new member takes to
// catch up.
func (c *Client) Reconfig(ctx context.Context, change sdk.Reshape) (string, sdk.Stat, error) {
	m, err := c.do(ctx, &sdk.Op{Kind: sdk.OpReconfig, Members: &change}, nil)
	return string(m.Result.Data), m.Result.Stat, err
}
