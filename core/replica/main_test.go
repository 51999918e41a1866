package replica

import (
	"testing"

	"go.uber.org/goleak"
)

// Every goroutine, ours and raft's, has ended when the tests have, but for those that wait for an entry that raft has
// forgotten.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/grove-coordination/grove/core/replica.(*lead).land"))
}
