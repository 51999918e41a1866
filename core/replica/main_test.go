package replica

import (
	"testing"

	"go.uber.org/goleak"
)

// Every goroutine, ours and raft's, has ended when the tests have.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
