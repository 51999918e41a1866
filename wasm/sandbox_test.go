package wasm

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

func loadProbe(t *testing.T, config Config) *Validator {
	t.Helper()
	return load(t, newEngine(t, config), sdk.Module{Name: "probe", Code: Build(t, "./testdata/probe")})
}

func TestGuestSeesNothing(t *testing.T) {
	err := loadProbe(t, Config{}).Validate(t.Context(), set("/surroundings", ""))
	rejection, ok := errors.AsType[*sdk.Rejection](err)
	if !ok || rejection.Reason != "time 1700000000000 args 0 environment 0 file false network false" {
		t.Errorf("%v", err)
	}
}

// TestRandomIsTheSame in every instance.
func TestRandomIsTheSame(t *testing.T) {
	first := loadProbe(t, Config{}).Validate(t.Context(), set("/random", ""))
	second := loadProbe(t, Config{}).Validate(t.Context(), set("/random", ""))
	if _, ok := errors.AsType[*sdk.Rejection](first); !ok || first.Error() != second.Error() {
		t.Errorf("%v, then %v", first, second)
	}
}

func TestGuestPrints(t *testing.T) {
	var log bytes.Buffer
	v := loadProbe(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err := v.Validate(t.Context(), set("/print", "")); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"to standard output", "to standard error", "to the log"} {
		if !strings.Contains(log.String(), `room=wasm validator=probe text="`+want+`"`) {
			t.Errorf("%q is not in\n%s", want, log.String())
		}
	}
}

func TestGuestThatBreaks(t *testing.T) {
	tests := map[string]string{ // what it does, and prints
		"/panic":  "panic: the author forgot something",
		"/exit":   "",
		"/memory": "out of memory",
	}
	for path, printed := range tests {
		var log bytes.Buffer
		v := loadProbe(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil)), Instances: 1})
		if err := v.Validate(t.Context(), set(path, "")); !errors.Is(err, ErrTrap) {
			t.Errorf("%s: %v", path, err)
		}
		if !strings.Contains(log.String(), printed) {
			t.Errorf("%s: logged %s", path, log.String())
		}
		if err := v.Validate(t.Context(), set("/other", "")); err != nil {
			t.Errorf("after %s: %v", path, err)
		}
	}
}

// TestGuestThatSleeps wakes at once: only its own clock goes on.
func TestGuestThatSleeps(t *testing.T) {
	err := loadProbe(t, Config{}).Validate(t.Context(), set("/sleep", ""))
	rejection, ok := errors.AsType[*sdk.Rejection](err)
	if !ok || rejection.Reason != "slept an hour" {
		t.Errorf("%v", err)
	}
}
