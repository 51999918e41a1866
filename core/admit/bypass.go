package admit

import "github.com/grove-coordination/grove/sdk"

// Super says what a rule does about writes of the super identity.
type Super string

// What it may do.
const (
	SuperJudged Super = "judge"  // they are judged as all are
	SuperPasses Super = "bypass" // they are not judged, and every one of them is recorded
)

// passes reports whether a write goes by the rule without being judged: super writes, and the rule lets it.
func (r *Rule) passes(who []sdk.Identity) bool {
	return r.Super == SuperPasses && sdk.IsSuper(who)
}

// bypass records an operation that was not judged, every one of them: in a multi each that the rule matches.
func (d *Door) bypass(rule *active, session int64, who []sdk.Identity, op *sdk.Op) {
	rule.counts.bypassed.Add(1)
	denial := d.deny(rule.Name, session, who, op, "bypassed: super writes, and the rule lets it pass")
	rule.counts.last.Store(&denial)
	d.cfg.Logger.Warn("validator bypassed by super", "validator", rule.Name, "path", denial.Path, "op", denial.Op, "session", session)
}
