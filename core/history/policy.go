package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Policy says how much is kept of a subtree. A Keep of 0 is nothing.
type Policy struct {
	Keep    int           // changes of each node, at most 1000
	Age     time.Duration // how long after it was made a change goes; 0 for no such bound
	Entries int           // changes of all nodes together, at most a million
	Bytes   int64         // of all entries together, with 256 for each beside its data; at most 1 GiB
}

// The bounds of a policy, and what it says where it says nothing.
const (
	maxKeep        = 1000
	maxEntries     = 1_000_000
	maxBytes       = 1 << 30
	defaultEntries = 100_000
	defaultBytes   = 64 << 20
	maxPolicyText  = 1 << 10
)

// ParsePolicy reads the data of a policy's node: {"keep":20,"age":"720h","entries":100000,"bytes":67108864}, of which
// only keep must be there. Each key stands there once and in these letters, each number as people write whole ones, the
// age as Go writes a time.Duration. An unknown key or a bad value is an error that names it.
func ParsePolicy(data []byte) (Policy, error) {
	if len(data) > maxPolicyText {
		return Policy{}, fmt.Errorf("longer than %d bytes", maxPolicyText)
	}
	members, err := parseObject(string(data))
	if err != nil {
		return Policy{}, fmt.Errorf("no policy: %w", err)
	}
	p := NewPolicy(-1)
	for _, m := range members {
		if err := p.set(m); err != nil {
			return Policy{}, fmt.Errorf("%s: %w", m.key, err)
		}
	}
	return p, p.Check()
}

func (p *Policy) set(m member) (err error) {
	switch m.key {
	case "keep":
		p.Keep, err = m.number()
	case "age":
		p.Age, err = m.duration()
	case "entries":
		p.Entries, err = m.number()
	case "bytes":
		var bytes int
		bytes, err = m.number()
		p.Bytes = int64(bytes)
	default:
		err = errors.New("is no key of a policy")
	}
	return err
}

// number is a value that is a whole number, written in the one way there is to write it.
func (m member) number() (int, error) {
	n, err := strconv.ParseInt(m.value, 10, 32)
	if m.text || err != nil || strconv.FormatInt(n, 10) != m.value {
		return 0, fmt.Errorf("%q is no whole number, or too large", m.value)
	}
	return int(n), nil
}

// duration is a value that is a time.Duration as text; none is 0.
func (m member) duration() (time.Duration, error) {
	switch {
	case !m.text:
		return 0, fmt.Errorf("%s is no text", m.value)
	case m.value == "":
		return 0, nil
	}
	return time.ParseDuration(m.value)
}

// Check says why a policy can be none, naming the key, or nil.
func (p Policy) Check() error {
	switch {
	case p.Keep < 0 || p.Keep > maxKeep:
		return fmt.Errorf("keep: %d is not from 0 to %d", p.Keep, maxKeep)
	case p.Age < 0 || p.Age%time.Millisecond != 0:
		return fmt.Errorf("age: %v is negative or finer than a millisecond", p.Age)
	case p.Entries < 1 || p.Entries > maxEntries:
		return fmt.Errorf("entries: %d is not from 1 to %d", p.Entries, maxEntries)
	case p.Bytes < 1 || p.Bytes > maxBytes:
		return fmt.Errorf("bytes: %d is not from 1 to %d", p.Bytes, maxBytes)
	}
	return nil
}

// NewPolicy keeps so many changes of each node, within the usual bounds.
func NewPolicy(keep int) Policy {
	return Policy{Keep: keep, Entries: defaultEntries, Bytes: defaultBytes}
}

// policyText is the JSON form of a policy, for those who write one.
type policyText struct {
	Keep    int    `json:"keep"`
	Age     string `json:"age,omitempty"` // as Go writes a time.Duration
	Entries *int   `json:"entries,omitempty"`
	Bytes   *int64 `json:"bytes,omitempty"`
}

// MarshalJSON writes what ParsePolicy reads.
func (p Policy) MarshalJSON() ([]byte, error) {
	text := policyText{Keep: p.Keep, Entries: &p.Entries, Bytes: &p.Bytes}
	if p.Age > 0 {
		text.Age = p.Age.String()
	}
	return json.Marshal(text)
}
