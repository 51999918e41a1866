package zookeeper

import (
	"sync"
	"time"
)

const (
	complaintEvery = time.Second
	maxComplaints  = 1024 // addresses remembered at once
)

// complaints keeps the log readable: one line a second for each address, and none for more addresses than it can
// remember.
type complaints struct {
	mu   sync.Mutex // guards last
	last map[string]time.Time
}

// allow reports whether a line about the address may be written now.
func (c *complaints) allow(address string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.last[address]) < complaintEvery {
		return false
	}
	if len(c.last) >= maxComplaints {
		c.forget(now)
	}
	if len(c.last) >= maxComplaints {
		return false
	}
	if c.last == nil {
		c.last = make(map[string]time.Time)
	}
	c.last[address] = now
	return true
}

func (c *complaints) forget(now time.Time) {
	for address, at := range c.last {
		if now.Sub(at) >= complaintEvery {
			delete(c.last, address)
		}
	}
}
