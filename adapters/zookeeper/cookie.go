package zookeeper

import "time"

// A cookie is what a request is submitted with: its xid in the low 32 bits, above it whether the connection is closed
// after the reply, whether it was a step of a SASL login that failed, and in the rest when it came, in microseconds of
// the connection's clock. Those come round after 17 minutes, which only a request that took longer would notice.
const (
	cookieLast  = 1 << 32
	cookieSASL  = 1 << 33
	cookieShift = 34
	cookieClock = 1<<(64-cookieShift) - 1
)

func cookie(xid int32, flags, clock uint64) uint64 {
	return uint64(uint32(xid)) | flags | clock<<cookieShift
}

// since is how long before clock the request came.
func since(cookie, clock uint64) time.Duration {
	return time.Duration((clock-cookie>>cookieShift)&cookieClock) * time.Microsecond
}
