package session

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// maxIdentities is how many a connection may prove: each is carried by every write and compared with every ACL.
const maxIdentities = 64

// authenticate adds the identity that a credential proves. Identities end with the connection. mu is held.
func (s *Served) authenticate(op *sdk.Op) sdk.Code {
	switch op.Scheme {
	case "digest":
		identity, ok := digest(op.Data)
		switch {
		case ok && slices.Contains(s.who, identity):
			return sdk.OK
		case !ok || len(s.who) >= maxIdentities:
			return sdk.CodeAuthFailed
		}
		s.who = append(slices.Clip(s.who), identity)
		return sdk.OK
	case "ip": // the address is known from the connection, whatever the client says
		return sdk.OK
	}
	return sdk.CodeAuthFailed
}

// digest is ZooKeeper's DigestAuthenticationProvider: "user:password" proves user:base64(sha1("user:password")).
// The hash is part of the protocol; clients put it into their ACLs.
func digest(credential []byte) (sdk.Identity, bool) {
	user, _, ok := bytes.Cut(credential, []byte(":"))
	if !ok || len(user) == 0 {
		return sdk.Identity{}, false
	}
	sum := sha1.Sum(credential)
	return sdk.Identity{Scheme: "digest", ID: string(user) + ":" + base64.StdEncoding.EncodeToString(sum[:])}, true
}
