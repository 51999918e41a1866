package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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

// policyText is the JSON form of a policy.
type policyText struct {
	Keep    int    `json:"keep"`
	Age     string `json:"age,omitempty"` // as Go writes a time.Duration
	Entries *int   `json:"entries,omitempty"`
	Bytes   *int64 `json:"bytes,omitempty"`
}

// ParsePolicy reads the data of a policy's node: {"keep":20,"age":"720h","entries":100000,"bytes":67108864}, of which only
// keep must be there. An unknown key or a bad value is an error that names it.
func ParsePolicy(data []byte) (Policy, error) {
	if len(data) > maxPolicyText {
		return Policy{}, fmt.Errorf("longer than %d bytes", maxPolicyText)
	}
	text := policyText{Keep: -1}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&text); err != nil {
		return Policy{}, fmt.Errorf("no policy: %w", err)
	}
	if decoder.More() {
		return Policy{}, errors.New("more than one JSON value")
	}
	return text.policy()
}

func (t policyText) policy() (Policy, error) {
	p := Policy{Keep: t.Keep, Entries: defaultEntries, Bytes: defaultBytes}
	if t.Age != "" {
		var err error
		if p.Age, err = time.ParseDuration(t.Age); err != nil {
			return Policy{}, fmt.Errorf("age: %w", err)
		}
	}
	if t.Entries != nil {
		p.Entries = *t.Entries
	}
	if t.Bytes != nil {
		p.Bytes = *t.Bytes
	}
	return p, p.Check()
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

// MarshalJSON writes what ParsePolicy reads.
func (p Policy) MarshalJSON() ([]byte, error) {
	text := policyText{Keep: p.Keep, Entries: &p.Entries, Bytes: &p.Bytes}
	if p.Age > 0 {
		text.Age = p.Age.String()
	}
	return json.Marshal(text)
}
