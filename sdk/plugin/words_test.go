package plugin

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// fill sets every field of a struct, and whatever it refers to, to something that is not zero; so a field that is
// added to the vocabulary and forgotten here fails the test.
func fill(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), depth)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct && depth > 0 && v.Type().Elem() == reflect.TypeFor[sdk.Op]() {
			return // a multi holds no multi
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), depth+1)
		}
	case reflect.String:
		v.SetString("t\xff€")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(-3)
	case reflect.Uint8:
		v.SetUint(200)
	case reflect.Uint64:
		v.SetUint(1<<63 + 1)
	}
}

func overWire[P proto.Message](t *testing.T, in, out P) P {
	t.Helper()
	encoded, err := proto.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(encoded, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func opAcross(t *testing.T, in sdk.Op) sdk.Op {
	return opOf(overWire(t, op(&in), new(pluginpb.Op)))
}

func messageAcross(t *testing.T, in sdk.Message) sdk.Message {
	return messageOf(overWire(t, message(&in), new(pluginpb.Message)))
}

func transactionAcross(t *testing.T, in sdk.Transaction) sdk.Transaction {
	return transactionOf(overWire(t, transaction(&in), new(pluginpb.Transaction)))
}

func across[T any](t *testing.T, in T, over func(*testing.T, T) T) {
	t.Helper()
	if out := over(t, in); !reflect.DeepEqual(in, out) {
		t.Errorf("%T changed on the way:\n in %+v\nout %+v", in, in, out)
	}
}

func full[T any]() (v T) {
	fill(reflect.ValueOf(&v).Elem(), 0)
	return v
}

func TestEveryFieldCrosses(t *testing.T) {
	across(t, full[sdk.Op](), opAcross)
	across(t, full[sdk.Transaction](), transactionAcross)
	reply := full[sdk.Message]()
	reply.Event = nil
	across(t, reply, messageAcross)
	event := full[sdk.Message]()
	event.Result = sdk.Result{}
	across(t, event, messageAcross)
	across(t, full[sdk.Login](), func(t *testing.T, in sdk.Login) sdk.Login {
		return loginOf(overWire(t, login(in), new(pluginpb.Open)))
	})
	now := full[sdk.Status]()
	now.Warnings, now.Learners = []string{"little space €"}, []string{"n2"}
	now.Members = []sdk.Member{{ID: "n1", Addr: "a:1", Clients: "b:2", Observer: true}, {ID: "n2"}}
	now.NodeID, now.Role, now.Leader, now.Why = "n1", sdk.RoleFollower, "n2", "why €"
	across(t, now, func(t *testing.T, in sdk.Status) sdk.Status {
		return statusOf(overWire(t, status(in), new(pluginpb.Status)))
	})
}

func TestZeroAndEmptyCross(t *testing.T) {
	across(t, sdk.Op{}, opAcross)
	across(t, sdk.Message{}, messageAcross)
	across(t, sdk.Transaction{}, transactionAcross)
	for _, data := range [][]byte{nil, {}, {0}} {
		across(t, sdk.Op{Kind: sdk.OpMulti, Data: data, Ops: []sdk.Op{{Data: data}}}, opAcross)
		across(t, sdk.Message{Result: sdk.Result{Data: data, Multi: []sdk.OpResult{{Data: data}}}}, messageAcross)
		across(t, sdk.Transaction{Changes: []sdk.Change{{Data: data}}}, transactionAcross)
	}
}

func TestErrorsKeepWhatTheyAre(t *testing.T) {
	cross := func(err error) error {
		return errorOf(overWire(t, faultOf(err), new(pluginpb.Fault)))
	}
	for _, is := range []error{
		sdk.ErrNoSession, sdk.ErrAhead, sdk.ErrNotServing, sdk.ErrSessionClosed, sdk.CodeNoAuth, sdk.CodeBadVersion,
	} {
		got := cross(fmt.Errorf("opening: %w", is))
		if !errors.Is(got, is) {
			t.Errorf("%v is not %v any more", got, is)
		}
		if want := "opening: " + is.Error(); got.Error() != want {
			t.Errorf("text %q, want %q", got, want)
		}
		if errors.Is(cross(errors.New("other")), is) {
			t.Errorf("a stranger's error became %v", is)
		}
	}
	both := cross(fmt.Errorf("%w: %w", sdk.ErrSessionClosed, sdk.ErrNoSession))
	if !errors.Is(both, sdk.ErrSessionClosed) || !errors.Is(both, sdk.ErrNoSession) {
		t.Errorf("%v lost one of two", both)
	}
	for _, floor := range []int64{0, 0x500} {
		compacted, ok := errors.AsType[*sdk.CompactedError](cross(&sdk.CompactedError{Floor: floor}))
		if !ok || compacted.Floor != floor || !errors.Is(compacted, sdk.ErrCompacted) {
			t.Errorf("floor %#x came as %v", floor, compacted)
		}
	}
	if got := cross(errors.New("bad \xff text")); got.Error() != "bad \uFFFD text" {
		t.Errorf("got %q", got)
	}
	if !errors.Is(errCoreGone, context.Canceled) {
		t.Error("a core that is gone ends what its frontend does")
	}
}
