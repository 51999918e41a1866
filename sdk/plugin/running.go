package plugin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// running is a plugin process that has shaken hands.
type running struct {
	rpc     pluginpb.FrontendClient
	health  grpc_health_v1.HealthClient
	process *process
	client  *goplugin.Client
	dir     *folder
}

// launch starts a process and waits for its handshake. When ctx ends before, the process is killed.
func launch(ctx context.Context, command Command, log *slog.Logger) (*running, error) {
	dir, err := newFolder(log)
	if err != nil {
		return nil, err
	}
	p, err := newProcess(command, dir.path, log)
	if err != nil {
		return nil, errors.Join(err, dir.remove())
	}
	r := &running{process: p, dir: dir, client: goplugin.NewClient(clientConfig(p, dir.path, log))}
	if err := r.start(ctx); err != nil {
		return nil, fmt.Errorf("start: %w", r.explain(err))
	}
	return r, nil
}

func clientConfig(p *process, dir string, log *slog.Logger) *goplugin.ClientConfig {
	limits := grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxPacket), grpc.MaxCallSendMsgSize(maxPacket))
	return &goplugin.ClientConfig{
		HandshakeConfig:  handshake,
		VersionedPlugins: versions(&definition{}),
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, _ string) (runner.Runner, error) {
			p.cmd.Env = append(p.cmd.Env, cmd.Env...)
			return p, nil
		},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     startTimeout,
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: dir},
		GRPCDialOptions:  []grpc.DialOption{limits},
		SyncStdout:       &lineLog{log: log, stream: "stdout", level: slog.LevelInfo},
		SyncStderr:       &lineLog{log: log, stream: "stderr", level: slog.LevelWarn},
		Logger:           libraryLog(log),
	}
}

// explain stops a process that did not start, and says why that was, shorter and better than go-plugin does.
func (r *running) explain(err error) error {
	handshaken := r.process.stdout.fault()
	r.stop()
	switch {
	case errors.Is(err, errNoStart):
		return err
	case strings.HasPrefix(err.Error(), "timeout"):
		return fmt.Errorf("%s: no handshake within %v", r.process.Name(), startTimeout)
	case handshaken == "":
		return errors.New(strings.ReplaceAll(err.Error(), "\n", ": "))
	}
	return fmt.Errorf("%s %s%s", r.process.Name(), handshaken, r.process.ended())
}

func (r *running) start(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { _ = r.process.Kill(ctx) })()
	if _, err := r.client.Start(); err != nil {
		return err
	}
	protocol, err := r.client.Client()
	if err != nil {
		return err
	}
	raw, err := protocol.Dispense(kind)
	if err != nil {
		return err
	}
	r.rpc = raw.(pluginpb.FrontendClient)
	r.health = grpc_health_v1.NewHealthClient(protocol.(*goplugin.GRPCClient).Conn)
	return nil
}

// stop ends the process: politely if it still answers, and in any case soon. Then all it had started is gone too.
func (r *running) stop() {
	deadline := r.process.killAfter(goodbye)
	defer deadline.Stop()
	r.client.Kill()
	_ = r.process.Kill(context.Background())
	_ = r.dir.remove()
}

// drain asks the frontend to end; the stream ends when it has, or is ended here when it does not.
func (r *running) drain(life context.Context, end context.CancelCauseFunc) {
	ctx, cancel := context.WithTimeout(life, drainTimeout)
	defer cancel()
	if _, err := r.rpc.Drain(ctx, &pluginpb.DrainRequest{}); err != nil {
		end(fmt.Errorf("drain: %w", plain(err)))
	}
	<-ctx.Done()
	end(errors.New("frontend does not stop"))
}

// watchHealth ends a stream whose process does not answer any more: it is stopped or stuck as a whole. It returns
// when life ends.
func (r *running) watchHealth(life context.Context, end context.CancelCauseFunc) {
	tick := time.NewTicker(healthInterval)
	defer tick.Stop()
	for misses := 0; misses < healthMisses; {
		select {
		case <-tick.C:
		case <-life.Done():
			return
		}
		if err := r.checkHealth(life); err != nil {
			misses++
		} else {
			misses = 0
		}
	}
	end(fmt.Errorf("process does not answer health checks for %v", healthMisses*healthInterval))
}

func (r *running) checkHealth(life context.Context) error {
	ctx, cancel := context.WithTimeout(life, healthTimeout)
	defer cancel()
	_, err := r.health.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: "plugin"})
	return err
}
