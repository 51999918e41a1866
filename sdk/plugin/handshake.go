package plugin

import (
	"context"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// handshake is what both ends must agree on before they talk. The cookie is no secret: it tells a person who starts
// a plugin by hand what it is. The version is that of package grove.frontend.v1.
var handshake = goplugin.HandshakeConfig{
	ProtocolVersion:  1,
	MagicCookieKey:   "GROVE_PLUGIN",
	MagicCookieValue: "frontend-7f1c9a52",
}

// kind is the name of the one thing a plugin serves.
const kind = "frontend"

// definition tells go-plugin how to serve a Frontend (in the plugin) and how to call one (in the host).
type definition struct {
	goplugin.NetRPCUnsupportedPlugin
	server pluginpb.FrontendServer
}

var _ goplugin.GRPCPlugin = (*definition)(nil)

// GRPCServer implements goplugin.GRPCPlugin.
func (d *definition) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	pluginpb.RegisterFrontendServer(s, d.server)
	return nil
}

// GRPCClient implements goplugin.GRPCPlugin.
func (d *definition) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return pluginpb.NewFrontendClient(conn), nil
}
