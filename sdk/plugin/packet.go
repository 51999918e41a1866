package plugin

import (
	"fmt"
	"iter"

	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// elementOverhead is what an element of a packet takes beside its bytes, at most.
const elementOverhead = 8

// pack lays encoded frames into packets of at most packetSize. A frame that does not fit is cut, and goes on as
// the first element of the next packet.
func pack(frames [][]byte) iter.Seq[*pluginpb.Packet] {
	return func(yield func(*pluginpb.Packet) bool) {
		packet, room := &pluginpb.Packet{}, packetSize
		for _, frame := range frames {
			for len(frame)+elementOverhead > room {
				cut := max(room-elementOverhead, 0)
				packet.Frames, packet.More = append(packet.Frames, frame[:cut]), true
				if !yield(packet) {
					return
				}
				packet, room, frame = &pluginpb.Packet{}, packetSize, frame[cut:]
			}
			packet.Frames = append(packet.Frames, frame)
			room -= len(frame) + elementOverhead
		}
		if len(packet.Frames) > 0 {
			yield(packet)
		}
	}
}

// assembly puts cut frames together again.
type assembly struct{ part []byte }

// add calls handle with every frame that the packet completes.
func (a *assembly) add(packet *pluginpb.Packet, handle func(encoded []byte) error) error {
	for i, element := range packet.GetFrames() {
		if len(a.part)+len(element) > maxFrame {
			return fmt.Errorf("frame of more than %d bytes", maxFrame)
		}
		if packet.GetMore() && i == len(packet.GetFrames())-1 {
			a.part = append(a.part, element...)
			return nil
		}
		if len(a.part) > 0 {
			element, a.part = append(a.part, element...), nil
		}
		if err := handle(element); err != nil {
			return err
		}
	}
	return nil
}
