//go:build unix

package plugin

import (
	"math/rand/v2"
	"os"
	"syscall"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// hostile is a plugin that shakes hands like any other and then does harm on the stream.
type hostile struct {
	*server
	harm string
}

func serveHostile(harm string) {
	h := &hostile{server: newServer(&testFrontend{}), harm: harm}
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: handshake, VersionedPlugins: versions(&definition{server: h}), GRPCServer: newGRPCServer,
	})
	os.Exit(0)
}

type hostileStream = grpc.BidiStreamingServer[pluginpb.Packet, pluginpb.Packet]

func (h *hostile) Attach(stream hostileStream) error {
	switch h.harm {
	case "garbage":
		return garbage(stream)
	case "endless frame":
		return endless(stream)
	case "feeds":
		return flood(stream, func(i uint64) *pluginpb.Frame {
			return &pluginpb.Frame{Id: i, Body: &pluginpb.Frame_Follow{Follow: &pluginpb.Follow{Window: 1 << 31}}}
		})
	case "operations":
		return operations(stream)
	case "deaf": // it asks for everything and reads nothing, until it is killed
		_ = stream.Send(&pluginpb.Packet{Frames: [][]byte{encoded(&pluginpb.Frame{Id: 1, Body: &pluginpb.Frame_Follow{Follow: &pluginpb.Follow{Window: 1 << 31}}})}})
		tellHostile(stream)
		select {}
	case "stopped":
		tellHostile(stream)
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		select {}
	}
	return nil
}

// tellHostile says that the harm is about to be done.
func tellHostile(stream hostileStream) {
	ready := &pluginpb.Frame{Body: &pluginpb.Frame_Ready{Ready: &pluginpb.Ready{Where: "here"}}}
	_ = stream.Send(&pluginpb.Packet{Frames: [][]byte{encoded(ready)}})
}

func garbage(stream hostileStream) error {
	random := rand.New(rand.NewPCG(1, 2))
	for {
		noise := make([]byte, random.IntN(2000))
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		if err := stream.Send(&pluginpb.Packet{Frames: [][]byte{noise}}); err != nil {
			return err
		}
	}
}

// endless sends a frame that never comes to its end.
func endless(stream hostileStream) error {
	part := make([]byte, packetSize)
	for {
		if err := stream.Send(&pluginpb.Packet{Frames: [][]byte{part}, More: true}); err != nil {
			return err
		}
	}
}

func flood(stream hostileStream, frame func(i uint64) *pluginpb.Frame) error {
	for i := uint64(1); ; i++ {
		if err := stream.Send(&pluginpb.Packet{Frames: [][]byte{encoded(frame(i))}}); err != nil {
			return err
		}
	}
}

// operations opens one session and writes to it without a look at its window.
func operations(stream hostileStream) error {
	write := op(&sdk.Op{Kind: sdk.OpSetData, Path: "/", Version: sdk.AnyVersion, Data: make([]byte, 1000)})
	return flood(stream, func(i uint64) *pluginpb.Frame {
		if i == 1 {
			return &pluginpb.Frame{Id: 1, Body: &pluginpb.Frame_Open{Open: login(sdk.Login{Timeout: 1e10})}}
		}
		return &pluginpb.Frame{Id: 1, Body: &pluginpb.Frame_Submit{Submit: &pluginpb.Submit{Cookie: i, Op: write}}}
	})
}

func encoded(frame *pluginpb.Frame) []byte {
	raw, err := encode(frame)
	if err != nil {
		panic(err)
	}
	return raw
}
