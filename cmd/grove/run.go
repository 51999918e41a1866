package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/grove-coordination/grove/adapters/admin"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/plugins"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/wasm"
)

// runServe runs a server with config until ctx ends, and tells on out what runs where. Messages go to errs.
func runServe(ctx context.Context, config Config, out, errs io.Writer) error {
	log := newLogger(config.Log, errs)

	// The doors first: a port in use stops the start before anything is touched.
	listeners, err := listenAll(ctx, config.Listen)
	if err != nil {
		return err
	}
	defer listeners.close() // those that nobody took over; closing twice does no harm

	pacing, unpaced := context.WithCancel(ctx)
	defer unpaced()
	go paceCollector(pacing)

	// The folder next, which everything below keeps something in.
	if err := os.MkdirAll(config.DataDir, 0o700); err != nil {
		return fmt.Errorf("data.dir: %w", err)
	}

	// What runs the validators.
	engine, err := wasm.New(wasm.Config{
		Logger: log, CacheDir: filepath.Join(config.DataDir, "wasm-cache"),
	})
	if err != nil {
		return err
	}
	defer closing(log, "validator engine", engine)

	// The node: state, log, cluster.
	among, err := peerTLS(config.TLS, log)
	if err != nil {
		return err
	}
	conf := nodeConfig(config, listeners, among, engine, log)
	conf.GiveUp = ctx.Done()
	node, err := core.Open(conf)
	if err != nil {
		return err
	}
	defer closing(log, "node", node)

	// The frontends: two in this process, the others in processes of their own.
	registry := newRegistry(node)
	supervisor := plugins.New(log, registry)
	specs, err := pluginSpecs(config)
	if err != nil {
		return err
	}
	clients, err := clientFrontends(config, listeners, registry, log)
	if err != nil {
		return err
	}
	builtin := append(clients,
		admin.New(admin.Config{
			Listener: listeners.admin, Logger: log, Metrics: registry,
			Frontends:  func() any { return supervisor.Status() },
			Validators: func() any { return node.Rules() },
			Denials:    node.Denials,
			Super:      superDoor(config.Super),
		}),
	)
	return serveAll(ctx, node, builtin, supervisor, specs, func(ctx context.Context) {
		announce(ctx, out, config, node, listeners, supervisor, len(specs))
	})
}

// nodeConfig is what core needs of the configuration.
func nodeConfig(c Config, l *listeners, among *tls.Config, engine sdk.Engine, log *slog.Logger) core.Config {
	members := make([]replica.Member, len(c.Members))
	for i, m := range c.Members {
		members[i] = replica.Member{ID: m.ID, Addr: m.Addr}
	}
	return core.Config{
		ID: c.NodeID, Dir: c.DataDir, PeerListener: l.peer, PeerTLS: among, Members: members,
		Join: c.Cluster.Join, Observer: c.Cluster.Observer, Clients: cmp.Or(c.Cluster.Clients, l.zookeeper.Addr().String()),
		FixedMembers: !c.Cluster.Reconfig, ReadOnly: c.Cluster.ReadOnly, Super: c.Super,
		MinTimeout: c.Session.MinTimeout, MaxTimeout: c.Session.MaxTimeout, Sweep: c.Sweep,
		MaxUnanswered: c.Session.MaxUnanswered, MaxWatches: c.Session.MaxWatches,
		MinFree:         uint64(c.MinFree),
		SnapshotEntries: c.Snapshot.Entries, SnapshotInterval: c.Snapshot.Interval,
		Feed:   feed.Limits{Bytes: c.Feed.MaxBytes, Age: c.Feed.MaxAge},
		Engine: engine, Logger: log,
	}
}

// serveAll runs the frontends until ctx ends or one that is built in fails, and waits for all of them. A plugin that
// fails is its supervisor's business.
func serveAll(ctx context.Context, host sdk.Host, builtin []sdk.Frontend, supervisor *plugins.Supervisor, specs []plugins.Spec,
	started func(context.Context)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	for _, frontend := range builtin {
		running.Go(func() {
			if err := frontend.Serve(ctx, host); err != nil {
				cancel(fmt.Errorf("%s: %w", frontend.Name(), err))
			}
		})
	}
	running.Go(func() {
		if err := supervisor.Run(ctx, host, specs); err != nil {
			cancel(err)
		}
	})
	running.Go(func() { started(ctx) })
	running.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// closing closes at the end what was opened at the start; a failure there is told, and changes nothing.
func closing(log *slog.Logger, what string, c io.Closer) {
	if err := c.Close(); err != nil {
		log.Error("close", "what", what, "error", err)
	}
}

// listeners are the ports of a server.
type listeners struct {
	zookeeper, admin, peer net.Listener
	tls                    net.Listener // nil for none
}

func listenAll(ctx context.Context, addresses Listen) (*listeners, error) {
	l := &listeners{}
	for _, door := range []struct {
		key, address string
		into         *net.Listener
	}{
		{"listen.zookeeper", addresses.ZooKeeper, &l.zookeeper},
		{"listen.admin", addresses.Admin, &l.admin},
		{"listen.peer", addresses.Peer, &l.peer},
		{"listen.zookeeper_tls", addresses.ZooKeeperTLS, &l.tls},
	} {
		if door.address == "" {
			continue
		}
		var config net.ListenConfig
		listener, err := config.Listen(ctx, "tcp", door.address)
		if err != nil {
			l.close()
			return nil, cannotListen(door.key, door.address, err)
		}
		*door.into = listener
	}
	return l, nil
}

func cannotListen(key, address string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s: %s is in use; is another server running? Choose another address with --%s", key, address, key)
	}
	return fmt.Errorf("%s: %w", key, err)
}

func (l *listeners) close() {
	for _, listener := range []net.Listener{l.zookeeper, l.admin, l.peer, l.tls} {
		if listener != nil {
			_ = listener.Close()
		}
	}
}

// newRegistry gathers what the process and the node have to tell.
func newRegistry(node *core.Node) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(processMetrics()...)
	registry.MustRegister(nodeMetrics{node})
	return registry
}
