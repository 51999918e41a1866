//go:build planted_early

package session

import "github.com/grove-coordination/grove/sdk"

// With the build tag planted_early there is a bug here: a setData is acknowledged when it is proposed, and not when it is
// applied. It shows that those who look for lost writes find them.

func (s *Served) answerEarly(p *pending) {
	if p.kind == sdk.OpSetData {
		s.put(sdk.Message{Cookie: p.cookie, Kind: p.kind})
		s.rouse()
	}
}

func answeredEarly(p *pending) bool { return p.record != nil && p.kind == sdk.OpSetData }
