package plugin

import "time"

// What one end keeps for the other, and how long it waits. The sizes are bytes of encoded frames.
const (
	packetSize    = 1 << 20  // a packet is sent when it has reached this
	maxPacket     = 4 << 20  // gRPC's limit in both directions
	maxFrame      = 64 << 20 // a frame larger than a packet is cut; this is what is put together again
	maxQueued     = 2 << 20  // senders wait while more than this is on its way to the stream
	messageWindow = 256 << 10
	submitWindow  = 256 << 10
	feedWindow    = 1 << 20
	maxWindow     = 4 << 20   // what a plugin may ask for
	maxOpen       = 1 << 14   // sessions, feeds, snapshots and requests of one plugin at a time
	maxHeld       = 128 << 20 // submitted by all sessions of one plugin and not taken by the core yet
	batch         = 64        // messages or transactions taken from the core at once
	frameGoal     = 64 << 10  // a frame of several messages or transactions ends when it has reached this
)

const (
	startTimeout   = 15 * time.Second // until the handshake; and until the settings are taken
	attachTimeout  = 30 * time.Second // a plugin without a stream exits
	drainTimeout   = 10 * time.Second // until the frontend has closed what it opened
	goodbye        = 2 * time.Second  // for the last words to cross
	healthInterval = 2 * time.Second
	healthTimeout  = 2 * time.Second
	healthMisses   = 3
)
