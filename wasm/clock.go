package wasm

import "encoding/binary"

const (
	clockRealtime = 0
	tick          = 1000    // nanoseconds by which the monotonic clock goes on when it is asked
	lastTick      = 1 << 62 // where it stands still
)

func clockResolution(in *instance, stack []uint64) uint32 {
	return in.putU64(uint32(stack[1]), tick)
}

// clockTime gives the time of the write for the real time. Every other clock goes on when it is asked, so that
// waiting by the clock comes to an end.
func clockTime(in *instance, stack []uint64) uint32 {
	if uint32(stack[0]) == clockRealtime {
		return in.putU64(uint32(stack[2]), uint64(in.now)*1_000_000)
	}
	in.pass(tick)
	return in.putU64(uint32(stack[2]), uint64(in.ticks))
}

// pass lets time go by for the guest.
func (in *instance) pass(nanoseconds uint64) {
	in.ticks = int64(min(uint64(in.ticks)+min(nanoseconds, lastTick), lastTick))
}

// Layout of what wait reads and writes, and how many of them it takes.
const (
	subscriptionSize = 48 // token u64, kind u8 at 8, clock u32 at 16, time u64 at 24, flags u16 at 40
	eventSize        = 32 // token u64, error u16 at 8, kind u8 at 10
	maxSubscriptions = 16
	kindClock        = 0
	flagAbsolute     = 1
)

// wait is poll_oneoff. Nobody waits: the guest's clock is put forward instead. There are no files to wait for.
func wait(in *instance, stack []uint64) uint32 {
	count := uint32(stack[2])
	if count == 0 || count > maxSubscriptions {
		return wasiInvalid
	}
	subscriptions, ok := in.read(uint32(stack[0]), count*subscriptionSize)
	if !ok {
		return wasiFault
	}
	events, ok := in.read(uint32(stack[1]), count*eventSize)
	if !ok {
		return wasiFault
	}
	for i := range int(count) {
		in.answerWait(events[i*eventSize:][:eventSize], subscriptions[i*subscriptionSize:][:subscriptionSize])
	}
	return in.putU32(uint32(stack[3]), count)
}

func (in *instance) answerWait(event, subscription []byte) {
	token, kind := binary.LittleEndian.Uint64(subscription), subscription[8]
	until := binary.LittleEndian.Uint64(subscription[24:])
	absolute := subscription[40]&flagAbsolute != 0
	clear(event)
	binary.LittleEndian.PutUint64(event, token)
	event[10] = kind
	switch {
	case kind != kindClock:
		event[8] = wasiBadFile
	case !absolute:
		in.pass(until)
	case until > uint64(in.ticks):
		in.pass(until - uint64(in.ticks))
	}
}
