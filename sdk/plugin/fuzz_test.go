package plugin

import (
	"context"
	"io"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// packetList is a stream on which the given packets come, and nothing goes.
type packetList []*pluginpb.Packet

func (l *packetList) Send(*pluginpb.Packet) error { return nil }

func (l *packetList) Recv() (*pluginpb.Packet, error) {
	if len(*l) == 0 {
		return nil, io.EOF
	}
	first := (*l)[0]
	*l = (*l)[1:]
	return first, nil
}

func seeds(f *testing.F, frames ...*pluginpb.Frame) {
	var encoded [][]byte
	for _, frame := range frames {
		one, err := encode(frame)
		if err != nil {
			f.Fatal(err)
		}
		encoded = append(encoded, one)
		addPackets(f, [][]byte{one}, false)
	}
	addPackets(f, encoded, false)
	addPackets(f, encoded, true)
	f.Add([]byte{}, []byte{0xff})
}

func addPackets(f *testing.F, frames [][]byte, more bool) {
	raw, err := proto.Marshal(&pluginpb.Packet{Frames: frames, More: more})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw, raw)
}

func packetsOf(raw ...[]byte) *packetList {
	var list packetList
	for _, one := range raw {
		packet := new(pluginpb.Packet)
		if proto.Unmarshal(one, packet) == nil {
			list = append(list, packet)
		}
	}
	return &list
}

// FuzzFromPlugin: whatever a plugin sends, the host neither panics nor keeps anything open.
func FuzzFromPlugin(f *testing.F) {
	message := op(&sdk.Op{Kind: sdk.OpMulti, Path: "/a", Data: []byte{}, Ops: []sdk.Op{{Watches: &sdk.Watches{Data: []string{"/b"}}}}})
	seeds(f,
		&pluginpb.Frame{Id: 1, Body: &pluginpb.Frame_Open{Open: login(sdk.Login{Identities: []sdk.Identity{sdk.Anyone}})}},
		&pluginpb.Frame{Id: 1, Body: &pluginpb.Frame_Submit{Submit: &pluginpb.Submit{Cookie: 1, Op: message}}},
		&pluginpb.Frame{Id: 1, Body: &pluginpb.Frame_Submit{}},
		&pluginpb.Frame{Id: 1, Body: &pluginpb.Frame_Credit{Credit: &pluginpb.Credit{Bytes: 1 << 31}}},
		&pluginpb.Frame{Id: 2, Body: &pluginpb.Frame_Follow{Follow: &pluginpb.Follow{From: -1}}},
		&pluginpb.Frame{Id: 3, Body: &pluginpb.Frame_StatusRequest{}},
		&pluginpb.Frame{Id: 4, Body: &pluginpb.Frame_Snapshot{Snapshot: &pluginpb.Snapshot{Path: []byte("/100")}}},
		&pluginpb.Frame{Id: 2, Body: &pluginpb.Frame_Close{}},
		&pluginpb.Frame{Body: &pluginpb.Frame_Ready{Ready: &pluginpb.Ready{Where: "x"}}},
	)
	f.Fuzz(func(t *testing.T, first, second []byte) {
		core := &fakeCore{}
		core.feedFrom = func(int64) (sdk.Feed, error) {
			return &listFeed{core: core, list: []sdk.Transaction{{Zxid: 1}}}, nil
		}
		_ = newBorder(packetsOf(first, second), core, &traffic{}, func(string, string) {}).run(t.Context())
		if s, f := core.sessions.Load(), core.feeds.Load(); s != 0 || f != 0 {
			t.Fatalf("%d sessions and %d feeds left open", s, f)
		}
	})
}

// FuzzFromCore: whatever a host sends, a frontend's session and feed give messages or an error.
func FuzzFromCore(f *testing.F) {
	reply := message(&sdk.Message{Cookie: 1, Result: sdk.Result{Path: "/a", Children: []string{"b"}, Multi: []sdk.OpResult{{}}}})
	txn := transaction(&sdk.Transaction{Zxid: 1, Changes: []sdk.Change{{Kind: sdk.Created, Path: "/a"}}})
	seeds(f,
		&pluginpb.Frame{Id: 1, Body: &pluginpb.Frame_Messages{Messages: &pluginpb.Messages{Messages: []*pluginpb.Message{reply, {}}}}},
		&pluginpb.Frame{Id: 1, Body: &pluginpb.Frame_Messages{}},
		&pluginpb.Frame{Id: 1, Body: &pluginpb.Frame_Credit{Credit: &pluginpb.Credit{Bytes: 1 << 31}}},
		&pluginpb.Frame{Id: 1, Body: &pluginpb.Frame_Ended{}},
		&pluginpb.Frame{Id: 2, Body: &pluginpb.Frame_Transactions{Transactions: &pluginpb.Transactions{Transactions: []*pluginpb.Transaction{txn}}}},
		&pluginpb.Frame{Id: 2, Body: &pluginpb.Frame_Ended{Ended: &pluginpb.Ended{Fault: faultOf(&sdk.CompactedError{Floor: 1})}}},
	)
	f.Fuzz(func(t *testing.T, first, second []byte) {
		l := newLink(packetsOf(first, second))
		host := newRemote(t.Context(), l)
		one, two := &call{id: 1, in: newInbox(), up: newWindow(1)}, &call{id: 2, in: newInbox(), up: newWindow(1)}
		host.calls[1], host.calls[2] = one, two
		_ = l.read(host.handle)
		host.lose(errCoreGone)
		drain(t, newSession(host, one, &pluginpb.Opened{}).Next)
		drain(t, newFeed(host, two).Next)
	})
}

func drain[T any](t *testing.T, next func(context.Context, []T) (int, error)) {
	for dst := make([]T, 4); ; {
		if _, err := next(t.Context(), dst); err != nil {
			return
		}
	}
}

// FuzzLine: no line of a plugin's stderr harms the host.
func FuzzLine(f *testing.F) {
	f.Add([]byte(`{"@level":"warn","@message":"text","key":1}` + "\nplain\n"))
	f.Add([]byte(`{"@message":5,"@timestamp":7}` + "\n"))
	f.Add([]byte("{\n\r\n \n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		w := &lineLog{log: quiet}
		if n, err := w.Write(text); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
		if len(w.line) > maxLine {
			t.Fatalf("holds %d bytes", len(w.line))
		}
	})
}
