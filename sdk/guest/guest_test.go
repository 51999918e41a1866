package guest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/abi"
)

// register forgets what was registered before and after the test.
func register(t *testing.T, registrations ...func()) {
	t.Helper()
	reset := func() { registered.validate, registered.configure = nil, nil }
	reset()
	t.Cleanup(reset)
	for _, f := range registrations {
		f()
	}
}

func request(paths ...string) []byte {
	write := sdk.Write{Multi: len(paths) > 1}
	for _, path := range paths {
		write.Ops = append(write.Ops, sdk.WriteOp{Kind: sdk.OpSetData, Path: path, Data: []byte("x")})
	}
	return abi.AppendRequest(nil, &write)
}

func TestVerdicts(t *testing.T) {
	noAuth := &sdk.Rejection{Op: 1, Code: sdk.CodeNoAuth, Reason: "not you"}
	tests := []struct {
		err  error
		want *sdk.Rejection
	}{
		{nil, nil},
		{Reject("too long"), &sdk.Rejection{Code: sdk.CodeBadArguments, Reason: "too long"}},
		{errors.New("plain"), &sdk.Rejection{Code: sdk.CodeBadArguments, Reason: "plain"}},
		{noAuth, noAuth},
		{fmt.Errorf("wrapped: %w", noAuth), noAuth},
	}
	var c call
	for _, test := range tests {
		register(t, func() { Validate(func(*sdk.Write) error { return test.err }) })
		verdict := c.validate(request("/a", "/b"))
		if test.want == nil {
			if verdict != nil {
				t.Errorf("%v: verdict %x", test.err, verdict)
			}
			continue
		}
		if got, err := abi.DecodeVerdict(verdict); err != nil || *got != *test.want {
			t.Errorf("%v: verdict %+v, %v", test.err, got, err)
		}
	}
}

func TestValidateEachNamesTheOperation(t *testing.T) {
	shared := &sdk.Rejection{Code: sdk.CodeNoAuth, Reason: "secret"}
	register(t, func() {
		ValidateEach(func(op *sdk.WriteOp) error {
			if strings.HasPrefix(op.Path, "/secret") {
				return shared
			}
			return nil
		})
	})
	var c call
	if c.validate(request("/a", "/b")) != nil {
		t.Error("good write is refused")
	}
	got, err := abi.DecodeVerdict(c.validate(request("/a", "/b", "/secret/c")))
	if err != nil || got.Op != 2 || got.Code != sdk.CodeNoAuth || got.Reason != "secret" {
		t.Errorf("verdict %+v, %v", got, err)
	}
	if shared.Op != 0 {
		t.Error("the author's value was changed")
	}
}

func TestConfigure(t *testing.T) {
	var c call
	register(t)
	if got, err := abi.DecodeVerdict(c.configure([]byte("x"))); err != nil || got.Reason != errNoSettings.Error() {
		t.Errorf("without Configure: %+v, %v", got, err)
	}
	var taken string
	register(t, func() { Configure(func(settings []byte) error { taken = string(settings); return nil }) })
	if c.configure([]byte("a b")) != nil || taken != "a b" {
		t.Errorf("took %q", taken)
	}
}

func TestMistakesPanic(t *testing.T) {
	validate := func() { Validate(func(*sdk.Write) error { return nil }) }
	configure := func() { Configure(func([]byte) error { return nil }) }
	var c call
	tests := map[string]func(){
		"Validate twice":    func() { validate(); validate() },
		"Configure twice":   func() { configure(); configure() },
		"no Validate":       func() { c.validate(request("/a")) },
		"malformed request": func() { validate(); c.validate([]byte("x")) },
	}
	for name, mistake := range tests {
		register(t)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			mistake()
		}()
	}
}

func TestJudgingAgainDoesNotAllocate(t *testing.T) {
	register(t, func() { ValidateEach(func(*sdk.WriteOp) error { return nil }) })
	var c call
	bytes := request("/a", "/b")
	if n := testing.AllocsPerRun(100, func() { c.validate(bytes) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
