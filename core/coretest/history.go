package coretest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/grove-coordination/grove/sdk"
)

// Call is one operation on a register as its client saw it. The times count events, not nanoseconds: virtual time stands
// still while much happens.
type Call struct {
	Client     int
	Path       string
	Write      bool
	Value      string // that was written, or read
	Start, End int64  // End of a write with no answer: never
}

const never = math.MaxInt64

// History is what clients asked and were told. Any goroutine may record.
type History struct {
	mu    sync.Mutex // guards all below
	clock int64
	calls []Call
	told  map[string][]string // of each path, the values that were acknowledged as written
	broke []error
}

// Broke records that something was seen that must not be, unless it is nil.
func (h *History) Broke(what error) {
	if what == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.broke = append(h.broke, what)
}

// Broken is what was seen that must not be, or nil.
func (h *History) Broken() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return errors.Join(h.broke...)
}

// begin gives the time at which a call starts.
func (h *History) begin() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock++
	return h.clock
}

// end records a call that was answered, if a write.
func (h *History) end(c Call, answered bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !answered && !c.Write {
		return // whatever it would have read
	}
	h.clock++
	if c.End = h.clock; !answered {
		c.End = never
	}
	h.calls = append(h.calls, c)
}

// acknowledge records a write that was answered.
func (h *History) acknowledge(path, value string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.told == nil {
		h.told = make(map[string][]string)
	}
	h.told[path] = append(h.told[path], value)
}

// Counts are the calls that were recorded, and the writes that were acknowledged.
func (h *History) Counts() (calls, acknowledged int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, values := range h.told {
		acknowledged += len(values)
	}
	return len(h.calls), acknowledged
}

// register is a node as a model: it holds what was written last.
var register = porcupine.Model{
	Partition: func(all []porcupine.Operation) (parts [][]porcupine.Operation) {
		byPath := make(map[string][]porcupine.Operation)
		for _, op := range all {
			path := op.Input.(Call).Path
			byPath[path] = append(byPath[path], op)
		}
		for _, part := range byPath {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return "" },
	Step: func(state, input, _ any) (bool, any) {
		if c := input.(Call); c.Write {
			return true, c.Value
		} else {
			return c.Value == state.(string), state
		}
	},
}

// Linearizable checks that there is an order of all calls, each between its start and its end, in which every read gives
// what was written last.
func (h *History) Linearizable(patience time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	ops := make([]porcupine.Operation, len(h.calls))
	for i, c := range h.calls {
		ops[i] = porcupine.Operation{ClientId: c.Client, Input: c, Call: c.Start, Return: c.End}
	}
	switch porcupine.CheckOperationsTimeout(register, ops, patience) {
	case porcupine.Illegal:
		return fmt.Errorf("the history of %d calls is not linearizable", len(ops))
	case porcupine.Unknown:
		return fmt.Errorf("whether a history of %d calls is linearizable was not found in %v", len(ops), patience)
	}
	return nil
}

// inTurn checks values of pipelines: a number that grows, and behind the dot 0, 1 and so on.
func inTurn(values []string) error {
	if !slices.IsSorted(values) {
		return errors.New("committed out of order")
	}
	var before string
	for _, v := range values {
		number, turn, _ := strings.Cut(v, ".")
		if i, _ := strconv.Atoi(turn); i > 0 && before != fmt.Sprintf("%s.%d", number, i-1) {
			return fmt.Errorf("%s committed, and not what was sent before it", v)
		}
		before = v
	}
	return nil
}

// Kept checks that what was acknowledged is among what was committed, and that the values of each session, which are
// those of Client.pipeline, were committed in the order in which they were sent, none of a pipeline without those before it.
// Between sessions there is no order: what an old one had on its way can come after what a new one has done.
func (h *History) Kept(committed []sdk.Transaction) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	type source struct {
		session int64
		path    string
	}
	sent, there := make(map[source][]string), make(map[string]bool)
	for _, t := range committed {
		for _, c := range t.Changes {
			from := source{t.Session, c.Path}
			sent[from] = append(sent[from], string(c.Data))
			there[c.Path+" "+string(c.Data)] = true
		}
	}
	var errs []error
	for from, values := range sent {
		if h.told[from.path] == nil {
			continue
		}
		if err := inTurn(values); err != nil {
			errs = append(errs, fmt.Errorf("%s: session %#x: %w: %q", from.path, from.session, err, values))
		}
	}
	for path, told := range h.told {
		for _, v := range told {
			if !there[path+" "+v] {
				errs = append(errs, fmt.Errorf("%s: %s was acknowledged, and is lost", path, v))
			}
		}
	}
	return errors.Join(errs...)
}
