package plugin

import (
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/grove-coordination/grove/sdk"
)

// Serve is the whole main of a plugin. It serves the frontend to the host that started this process and exits when
// the host wants it to, when the host is gone, or when the frontend fails; it does not return. Started by hand it
// says what it is and exits with status 1.
//
// In the plugin the default slog logger goes to the log of the node, with level and attributes. What is printed to
// stdout or stderr goes there too. SIGINT is left to the host, SIGTERM ends the frontend.
func Serve(frontend sdk.Frontend) {
	slog.SetDefault(slog.New(newHostHandler(os.Stderr)))
	s := newServer(frontend)
	go exitWhenOver(s)
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig:  handshake,
		VersionedPlugins: versions(&definition{server: s}),
		GRPCServer:       newGRPCServer,
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: os.Stderr, JSONFormat: true}),
	})
	os.Exit(0)
}

func newGRPCServer(options []grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(options, grpc.MaxRecvMsgSize(maxPacket))...)
}

// exitWhenOver sees to it that the process outlives neither its stream nor its frontend. It is what ends a plugin
// whose host was killed; a host that lives stops the process itself, a moment earlier.
func exitWhenOver(s *server) {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	select {
	case <-s.attached:
	case <-term:
		os.Exit(1)
	case <-time.After(attachTimeout):
		slog.Error("host opened no stream", "waited", attachTimeout)
		os.Exit(1)
	}
	select {
	case <-term:
		s.drain()
	case <-s.stopping:
	}
	select {
	case <-s.ended:
	case <-time.After(drainTimeout):
		slog.Error("frontend does not stop", "waited", drainTimeout)
		os.Exit(1)
	}
	if !s.orphaned() {
		<-time.After(goodbye)
	}
	os.Exit(0)
}
