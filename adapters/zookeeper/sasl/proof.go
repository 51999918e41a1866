package sasl

import (
	"crypto/md5"
	"encoding/hex"
)

// proof is what both sides show each other instead of the password.
type proof struct {
	secret        secret
	nonce, cnonce string
	count         string // how often the nonce was used
	uri           string // service/host
	authzid       string // whom the client wants to be taken for; "" for itself
}

// of is RFC 2831's response-value in hex, for a client with the method "AUTHENTICATE", for the server with none.
func (p *proof) of(method string) string {
	session := string(p.secret[:]) + ":" + p.nonce + ":" + p.cnonce
	if p.authzid != "" {
		session += ":" + p.authzid
	}
	return hash(hash(session) + ":" + p.nonce + ":" + p.count + ":" + p.cnonce + ":auth:" + hash(method+":"+p.uri))
}

func hash(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}
