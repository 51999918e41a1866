package wasm

import (
	"errors"
	"fmt"
	"strings"
)

// What a *Fault is, for errors.Is.
var (
	// ErrFuel is returned when a call did not end within its fuel.
	ErrFuel = errors.New("fuel exhausted")
	// ErrTrap is returned when the module ended a call by force: a panic, memory out of bounds, a division by zero.
	ErrTrap = errors.New("module trapped")
	// ErrAnswer is returned when what the module answered is no verdict, or too large, or lies outside its memory.
	ErrAnswer = errors.New("answer is malformed")
	// ErrTooLarge is returned when a write does not fit into the memory that the module may have.
	ErrTooLarge = errors.New("write is too large for the module")
	// ErrStart is returned when a new instance could not be made, although the module was loaded once.
	ErrStart = errors.New("instance does not start")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("validator is closed")
)

// Fault is returned when a validator failed to judge: the write is neither admitted nor refused.
type Fault struct {
	Validator string // name of the rule
	Err       error
}

// Error names the validator and what happened, in one line.
func (f *Fault) Error() string { return fmt.Sprintf("validator %q: %v", f.Validator, f.Err) }

// Unwrap is one of the errors above, wrapped, or what ended the wait for an instance.
func (f *Fault) Unwrap() error { return f.Err }

// trap is ErrTrap with the engine's reason. The trace of addresses that follows its first line is left out.
func trap(err error) error {
	return fmt.Errorf("%w: %s", ErrTrap, firstLine(err))
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimSuffix(strings.TrimPrefix(line, "wasm error: "), " (recovered by wazero)")
}
