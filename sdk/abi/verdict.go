package abi

import "github.com/grove-coordination/grove/sdk"

// AppendVerdict appends a refusal.
func AppendVerdict(dst []byte, rejection *sdk.Rejection) []byte {
	dst = appendU32(dst, uint32(16+len(rejection.Reason)))
	dst = appendU32(dst, uint32(rejection.Op))
	dst = appendU32(dst, uint32(rejection.Code))
	return appendString(dst, rejection.Reason)
}

// DecodeVerdict reads a refusal as the module wrote it: nothing about its fields has been checked, except that Op is
// not negative. Reason is a copy. The only error is ErrMalformed.
func DecodeVerdict(verdict []byte) (*sdk.Rejection, error) {
	whole := reader{data: verdict}
	r := whole.record()
	op, code, reason := r.u32(), r.u32(), r.bytes()
	if r.bad || op > 1<<31-1 {
		return nil, ErrMalformed
	}
	return &sdk.Rejection{Op: int(op), Code: sdk.Code(int32(code)), Reason: string(reason)}, nil
}
