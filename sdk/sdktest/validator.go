package sdktest

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// TestValidator checks that a validator keeps the promises of sdk.Validator. It must admit one write and refuse the other.
func TestValidator(t *testing.T, v sdk.Validator, admits, refuses sdk.Write) {
	if v.Name() == "" {
		t.Error("it has no name")
	}
	if err := v.Validate(t.Context(), admits); err != nil {
		t.Fatalf("admissible write: %v", err)
	}
	refused(t, v, refuses)
	t.Run("Nothing", func(t *testing.T) {
		if err := v.Validate(t.Context(), sdk.Write{}); err != nil && !isRejection(err) {
			t.Errorf("a write of nothing: %v", err)
		}
	})
	t.Run("ManyAtOnce", func(t *testing.T) { manyAtOnce(t, v, admits, refuses) })
	t.Run("Lent", func(t *testing.T) { changesNothingLent(t, v, refuses) })
}

func isRejection(err error) bool {
	_, ok := errors.AsType[*sdk.Rejection](err)
	return ok
}

// refused: a refusal is a *sdk.Rejection that names one of the operations, a code of ZooKeeper's, and a reason.
func refused(t *testing.T, v sdk.Validator, write sdk.Write) {
	t.Helper()
	no, ok := errors.AsType[*sdk.Rejection](v.Validate(t.Context(), write))
	switch {
	case !ok:
		t.Fatal("a write that is to be refused is not")
	case no.Op < 0 || no.Op >= len(write.Ops):
		t.Errorf("operation %d of %d is refused", no.Op, len(write.Ops))
	case no.Code != sdk.CodeBadArguments && no.Code != sdk.CodeNoAuth:
		t.Errorf("code %v", no.Code)
	case no.Reason == "":
		t.Error("no reason")
	}
}

// manyAtOnce: whoever else is judged, the verdict is the same.
func manyAtOnce(t *testing.T, v sdk.Validator, admits, refuses sdk.Write) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if err := v.Validate(context.WithoutCancel(t.Context()), admits); err != nil {
					t.Errorf("admissible write beside others: %v", err)
				}
				if err := v.Validate(context.WithoutCancel(t.Context()), refuses); !isRejection(err) {
					t.Errorf("inadmissible write beside others: %v", err)
				}
			}
		})
	}
	all.Wait()
}

// changesNothingLent: the write belongs to the core.
func changesNothingLent(t *testing.T, v sdk.Validator, write sdk.Write) {
	before := write
	before.Ops = append([]sdk.WriteOp(nil), write.Ops...)
	for i := range before.Ops {
		before.Ops[i].Data = bytes.Clone(write.Ops[i].Data)
	}
	_ = v.Validate(t.Context(), write)
	if !reflect.DeepEqual(before, write) {
		t.Error("the write was changed")
	}
}
