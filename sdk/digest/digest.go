// Package digest knows the identities of ZooKeeper's "digest" scheme: who has said a user and a password.
package digest

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"

	"github.com/grove-coordination/grove/sdk"
)

// Identity is what a credential "user:password" proves, as ZooKeeper's DigestAuthenticationProvider has it:
// user:base64(sha1("user:password")). The hash is part of the protocol; clients put it into their ACLs. A credential
// without a colon is a user without a password.
func Identity(credential []byte) sdk.Identity {
	user, _, _ := bytes.Cut(credential, []byte(":"))
	sum := sha1.Sum(credential)
	return sdk.Identity{Scheme: sdk.SchemeDigest, ID: string(user) + ":" + base64.StdEncoding.EncodeToString(sum[:])}
}
