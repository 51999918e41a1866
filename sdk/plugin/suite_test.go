//go:build unix

package plugin

import (
	"context"
	"errors"
	"os"
	"sync/atomic"

	"github.com/grove-coordination/grove/sdk"
)

// TestCore is the test of package plugin_test that runs in a plugin process too, where Core is what that process
// sees of the core. In all other processes Core is nil.
const TestCore = "TestCoreAcrossTheBorder"

var (
	Core   sdk.Host
	Played atomic.Bool // the test has been run to its end in this process
)

// suiteFrontend runs one test of this binary against its host. It is ready once that has passed.
type suiteFrontend struct {
	run    func() int // testing.M's
	passed atomic.Bool
}

func (f *suiteFrontend) Name() string { return "suite" }

func (f *suiteFrontend) Ready() (string, error) {
	if !f.passed.Load() {
		return "", errors.New("not passed")
	}
	return "suite://passed", nil
}

func (f *suiteFrontend) Serve(ctx context.Context, host sdk.Host) error {
	Core = host
	os.Args = []string{os.Args[0], "-test.run=^" + TestCore + "$", "-test.v"}
	if code := f.run(); code != 0 || !Played.Load() {
		return errors.New("suite failed")
	}
	f.passed.Store(true)
	<-ctx.Done()
	return nil
}
