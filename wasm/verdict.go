package wasm

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/grove-coordination/grove/sdk"
)

// tidy makes of what a module wrote something that may go to clients, logs and people: an operation that exists, one
// of the two codes that every client knows, and a reason of one short line.
func tidy(rejection *sdk.Rejection, ops int) {
	if rejection.Op >= ops {
		rejection.Op = 0
	}
	if rejection.Code != sdk.CodeNoAuth {
		rejection.Code = sdk.CodeBadArguments
	}
	rejection.Reason = oneLine(rejection.Reason, maxReason)
}

// oneLine is text as valid UTF-8 of at most limit bytes, without control characters.
func oneLine(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	if len(text) <= limit {
		return text
	}
	for !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
