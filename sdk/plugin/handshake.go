package plugin

import (
	"context"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// handshake is what both ends must agree on before they talk. The cookie is no secret: it tells a person who starts
// a plugin by hand what it is.
var handshake = goplugin.HandshakeConfig{
	MagicCookieKey:   "GROVE_PLUGIN",
	MagicCookieValue: "frontend-7f1c9a52",
}

// version is that of package grove.frontend.v1. Host and plugin each tell which they know, and the newest of both is
// spoken; goPlugin is the version of the handshake's own form.
const (
	version  = 1
	goPlugin = 1
)

// versions are the services that this package can serve and call, by version.
func versions(d *definition) map[int]goplugin.PluginSet {
	return map[int]goplugin.PluginSet{version: {kind: d}}
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
