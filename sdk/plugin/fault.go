package plugin

import (
	"context"
	"errors"
	"io"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// sentinels are the errors that callers on either side tell apart.
var sentinels = map[pluginpb.Fault_Kind]error{
	pluginpb.Fault_NO_SESSION:     sdk.ErrNoSession,
	pluginpb.Fault_AHEAD:          sdk.ErrAhead,
	pluginpb.Fault_NOT_SERVING:    sdk.ErrNotServing,
	pluginpb.Fault_SESSION_CLOSED: sdk.ErrSessionClosed,
	pluginpb.Fault_DONE:           io.EOF,
}

// crossed is an error that came over the border: the text it had there, and what it is.
type crossed struct {
	text string
	is   []error
}

func (e *crossed) Error() string   { return e.text }
func (e *crossed) Unwrap() []error { return e.is }

// errCoreGone is what everything in a plugin gets when the stream has ended.
var errCoreGone = &crossed{text: "core is gone", is: []error{sdk.ErrSessionClosed, sdk.ErrNotServing, context.Canceled}}

func faultOf(err error) *pluginpb.Fault {
	fault := &pluginpb.Fault{Text: clean(err.Error())}
	for kind := range pluginpb.Fault_Kind(len(pluginpb.Fault_Kind_name)) {
		if is := sentinels[kind]; is != nil && errors.Is(err, is) {
			fault.Kinds = append(fault.Kinds, kind)
		}
	}
	if compacted, ok := errors.AsType[*sdk.CompactedError](err); ok {
		fault.CompactedFloor = &compacted.Floor
	}
	if code, ok := errors.AsType[sdk.Code](err); ok {
		fault.Code = int32(code)
	}
	return fault
}

func errorOf(fault *pluginpb.Fault) error {
	err := &crossed{text: fault.GetText()}
	for _, kind := range fault.GetKinds() {
		if is := sentinels[kind]; is != nil {
			err.is = append(err.is, is)
		}
	}
	if fault != nil && fault.CompactedFloor != nil {
		err.is = append(err.is, &sdk.CompactedError{Floor: fault.GetCompactedFloor()})
	}
	if code := sdk.Code(fault.GetCode()); code != sdk.OK {
		err.is = append(err.is, code)
	}
	return err
}
