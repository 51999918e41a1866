package session

import (
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/digest"
)

// maxIdentities is how many a connection may prove: each is carried by every write and compared with every ACL.
const maxIdentities = 64

// authenticate adds the identity that a credential proves. Identities end with the connection. mu is held.
func (s *Served) authenticate(op *sdk.Op) sdk.Code {
	switch op.Scheme {
	case "digest":
		if op.Data == nil {
			return sdk.CodeAuthFailed // empty is a user without a name; null is nothing
		}
		return s.identify(digest.Identity(op.Data))
	case "ip": // the address is known from the connection, whatever the client says
		return sdk.OK
	}
	return sdk.CodeAuthFailed
}

// vouch adds what the frontend has proved itself, if anything. mu is held.
func (s *Served) vouch(op *sdk.Op) sdk.Code {
	if op.Who == (sdk.Identity{}) {
		return sdk.OK
	}
	return s.identify(sdk.Identity{Scheme: strings.Clone(op.Who.Scheme), ID: strings.Clone(op.Who.ID)})
}

// identify adds what the connection has proved to be, and what comes with it. mu is held.
func (s *Served) identify(identity sdk.Identity) sdk.Code {
	who := Recognized(s.core, append(slices.Clip(s.who), identity))
	switch {
	case slices.Contains(s.who, identity):
		return sdk.OK
	case len(who) > maxIdentities:
		return sdk.CodeAuthFailed
	}
	s.who = who
	return sdk.OK
}

// Recognized is who with the super identity behind, when one of them is to have it. It may be called by whoever opens a
// session, for what is proved before there is one.
func Recognized(core interface{ Super(sdk.Identity) bool }, who []sdk.Identity) []sdk.Identity {
	if slices.ContainsFunc(who, core.Super) && !slices.Contains(who, sdk.Super) {
		return append(slices.Clip(who), sdk.Super)
	}
	return who
}

// shown is what whoAmI tells of identities: of a digest the user alone, of super nothing but that it is.
func shown(who []sdk.Identity) []sdk.Identity {
	list := make([]sdk.Identity, len(who))
	for i, identity := range who {
		list[i] = identity.Shown()
	}
	return list
}
