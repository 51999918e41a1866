package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// server is the gRPC service of a plugin process: one frontend, attached once.
type server struct {
	pluginpb.UnimplementedFrontendServer
	frontend sdk.Frontend

	attached chan struct{}      // closed when the host has opened the stream
	stopping chan struct{}      // closed when the frontend is to end: drained, failed or without a host
	ended    chan struct{}      // closed when the frontend has ended
	stop     context.CancelFunc // closes stopping
	stopped  context.Context    // of stop

	mu     sync.Mutex // guards what follows
	taken  bool       // the stream was opened
	orphan bool       // the stream ended because the host is gone
}

var _ pluginpb.FrontendServer = (*server)(nil)

func newServer(frontend sdk.Frontend) *server {
	s := &server{frontend: frontend, attached: make(chan struct{}), ended: make(chan struct{}), stopping: make(chan struct{})}
	s.stopped, s.stop = context.WithCancel(context.Background())
	context.AfterFunc(s.stopped, func() { close(s.stopping) })
	return s
}

// drain makes the frontend end.
func (s *server) drain() { s.stop() }

// orphaned reports, once ended is closed, whether there is no host any more to say goodbye to.
func (s *server) orphaned() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.orphan
}

// Describe implements pluginpb.FrontendServer.
func (s *server) Describe(context.Context, *pluginpb.DescribeRequest) (*pluginpb.DescribeReply, error) {
	return &pluginpb.DescribeReply{Name: clean(s.frontend.Name())}, nil
}

// Configure implements pluginpb.FrontendServer.
func (s *server) Configure(_ context.Context, request *pluginpb.ConfigureRequest) (*pluginpb.ConfigureReply, error) {
	if err := configure(s.frontend, request.GetSettings()); err != nil {
		return nil, grpcstatus.Error(codes.InvalidArgument, clean(err.Error()))
	}
	return &pluginpb.ConfigureReply{}, nil
}

// configure hands settings to a frontend that takes them, and refuses them for one that does not: a setting must
// not be silently without effect.
func configure(frontend sdk.Frontend, settings []byte) error {
	if len(settings) == 0 {
		settings = []byte("{}")
	}
	if configurer, ok := frontend.(sdk.Configurer); ok {
		return configurer.Configure(settings)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(settings, &keys); err != nil {
		return err
	}
	for key := range keys {
		return errors.New(key + ": this frontend takes no settings")
	}
	return nil
}

// Drain implements pluginpb.FrontendServer.
func (s *server) Drain(context.Context, *pluginpb.DrainRequest) (*pluginpb.DrainReply, error) {
	s.drain()
	return &pluginpb.DrainReply{}, nil
}

// Attach implements pluginpb.FrontendServer: it runs the frontend for as long as the stream lasts.
func (s *server) Attach(stream grpc.BidiStreamingServer[pluginpb.Packet, pluginpb.Packet]) error {
	if !s.attach() {
		return grpcstatus.Error(codes.FailedPrecondition, "already attached")
	}
	defer close(s.ended)
	defer s.stop()
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	defer context.AfterFunc(s.stopped, cancel)()
	defer context.AfterFunc(stream.Context(), s.stop)()

	err := s.run(ctx, stream)
	s.detach(stream.Context().Err() != nil)
	switch {
	case err != nil:
		return grpcstatus.Error(codes.Aborted, clean(err.Error()))
	case ctx.Err() == nil:
		return grpcstatus.Error(codes.Aborted, "frontend ended by itself")
	}
	return nil
}

func (s *server) attach() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken {
		return false
	}
	s.taken = true
	close(s.attached)
	return true
}

func (s *server) detach(orphan bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orphan = orphan
}

// run connects the frontend to the stream. The reader ends with the stream, when Attach returns; the writer when
// the link is closed and empty.
func (s *server) run(ctx context.Context, stream packets) error {
	l := newLink(stream)
	host := newRemote(ctx, l)
	var writer sync.WaitGroup
	writer.Go(func() {
		if l.write() != nil {
			s.stop()
		}
	})
	go func() {
		// The end of the stream is seen by its context, and by all who use the host.
		_ = l.read(host.handle)
		l.close(errCoreGone) // first: who waits to send may hold what lose needs
		host.lose(errCoreGone)
		s.stop()
	}()
	telling, tellNoMore := context.WithCancel(ctx)
	writer.Go(func() { tellReady(telling, l, s.frontend) })

	err := s.frontend.Serve(ctx, host)
	tellNoMore()
	l.close(errCoreGone)
	writer.Wait()
	return err
}

// tellReady tells the host whether the frontend serves, and where, whenever that changes. There is nothing to wait
// on, so it looks: often at first, then once a second.
func tellReady(ctx context.Context, l *link, frontend sdk.Frontend) {
	var told *pluginpb.Ready
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		now := readiness(frontend)
		if told == nil || now.Where != told.Where || now.WhyNot != told.WhyNot {
			if l.tell(ctx, &pluginpb.Frame{Body: &pluginpb.Frame_Ready{Ready: now}}) != nil {
				return
			}
			told = now
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// readiness of a frontend that cannot say is given as soon as it runs.
func readiness(frontend sdk.Frontend) *pluginpb.Ready {
	readier, ok := frontend.(sdk.Readier)
	if !ok {
		return &pluginpb.Ready{}
	}
	where, err := readier.Ready()
	if err != nil {
		return &pluginpb.Ready{WhyNot: clean(err.Error())}
	}
	return &pluginpb.Ready{Where: clean(where)}
}
