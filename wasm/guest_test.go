package wasm

import (
	"errors"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

func TestGoGuest(t *testing.T) {
	e := newEngine(t, Config{})
	typed := load(t, e, sdk.Module{Code: Build(t, typedGuest)})
	if err := typed.Validate(t.Context(), set("/config/a", `{"port": 80}`)); err != nil {
		t.Error(err)
	}
	write := set("/config/a", `{"port": 80}`)
	write.Multi = true
	write.Ops = append(write.Ops, sdk.WriteOp{Kind: sdk.OpDelete, Path: "/x"}, sdk.WriteOp{
		Kind: sdk.OpCreate, Path: "/config/b", Data: []byte(`{"port": `), ACL: sdk.OpenACL()})
	err := typed.Validate(t.Context(), write)
	rejection, ok := errors.AsType[*sdk.Rejection](err)
	if !ok || rejection.Op != 2 || rejection.Code != sdk.CodeBadArguments || !strings.Contains(rejection.Reason, "/config/b") {
		t.Errorf("%+v", err)
	}
}

func TestGoGuestTakesSettings(t *testing.T) {
	e := newEngine(t, Config{})
	typed := load(t, e, sdk.Module{Code: Build(t, typedGuest), Settings: []byte("/config/*/port port\n")})
	if err := typed.Validate(t.Context(), set("/config/a", "not JSON")); err != nil {
		t.Error(err)
	}
	var rejection *sdk.Rejection
	if err := typed.Validate(t.Context(), set("/config/a/port", "99999")); !errors.As(err, &rejection) {
		t.Errorf("%v", err)
	}
	_, err := e.Load(t.Context(), sdk.Module{Name: "x", Code: Build(t, typedGuest), Settings: []byte("/a int\n/b colour")})
	if err == nil || !strings.Contains(err.Error(), `settings refused: line 2: type "colour" is none of`) {
		t.Errorf("%v", err)
	}
}

func TestGoGuestThatLoops(t *testing.T) {
	v := load(t, newEngine(t, Config{Instances: 1}), sdk.Module{Name: "loop", Code: Build(t, loopGuest)})
	for range 2 {
		err := v.Validate(t.Context(), set("/a", "x"))
		if !errors.Is(err, ErrFuel) || err.Error() != `validator "loop": fuel exhausted: 10000000` {
			t.Errorf("%v", err)
		}
	}
}

// TestSameFuelInBothEngines runs a real guest, its runtime's start and its collector included.
func TestSameFuelInBothEngines(t *testing.T) {
	used := func(config Config) (list []int64) {
		v := load(t, newEngine(t, config), sdk.Module{Code: Build(t, typedGuest)})
		in, err := v.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer v.give(in, false)
		for _, data := range []string{"", "{", `{"a": [1, 2, 3]}`, strings.Repeat("9", 1000)} {
			write := set("/config/a", data)
			if _, err := in.judge(&write, &v.limits); err != nil {
				t.Fatal(err)
			}
			list = append(list, int64(v.limits.fuel)-int64(in.current.Get())-int64(in.reserve.Get()))
		}
		return list
	}
	compiled, interpreted := used(Config{}), used(Config{Interpreter: true})
	t.Logf("fuel %v", compiled)
	for i := range compiled {
		if compiled[i] != interpreted[i] || compiled[i] <= 0 {
			t.Errorf("%d: %d compiled, %d interpreted", i, compiled[i], interpreted[i])
		}
	}
}
