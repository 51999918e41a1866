package admit

import (
	"strings"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// keepDenials is how many refusals a node remembers.
const keepDenials = 256

// denials is a ring of the last refusals.
type denials struct {
	items []sdk.Denial
	next  int
}

func (r *denials) add(d sdk.Denial) {
	if len(r.items) < keepDenials {
		r.items = append(r.items, d)
		return
	}
	r.items[r.next] = d
	r.next = (r.next + 1) % keepDenials
}

// deny remembers a refusal, without the data that was refused. The reason of one that was not carried out begins with
// "audit: " or "bypassed: ".
func (d *Door) deny(validator string, session int64, who []sdk.Identity, op *sdk.Op, reason string) sdk.Denial {
	denial := sdk.Denial{
		Time: time.Now().UnixMilli(), Validator: excerpt(validator), Path: excerpt(op.Path),
		Op: op.Kind.String(), Session: session, Who: shown(who), Reason: excerpt(reason),
	}
	d.mu.Lock()
	d.ring.add(denial)
	d.mu.Unlock()
	d.cfg.Logger.Debug("write refused", "validator", denial.Validator, "path", denial.Path, "op", denial.Op, "reason", denial.Reason)
	return denial
}

// maxExcerpt is how many bytes of a text from a client are kept.
const maxExcerpt = 1 << 10

// excerpt copies a text, or the beginning of a long one.
func excerpt(text string) string {
	if len(text) <= maxExcerpt {
		return strings.Clone(text)
	}
	return strings.ToValidUTF8(text[:maxExcerpt], "") + "…"
}

// shown is what a denial tells of who wrote.
func shown(who []sdk.Identity) []sdk.Identity {
	list := make([]sdk.Identity, len(who))
	for i, identity := range who {
		list[i] = identity.Shown()
	}
	return list
}

// Denials lists the last refusals of this node, oldest first.
func (d *Door) Denials() []sdk.Denial {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append(append([]sdk.Denial{}, d.ring.items[d.ring.next:]...), d.ring.items[:d.ring.next]...)
}
