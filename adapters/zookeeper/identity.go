package zookeeper

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"

	"github.com/grove-coordination/grove/sdk"
)

// identities are what the connection has proved by itself: where it comes from, and the subject of a client certificate
// that was verified. It is called after the first frame, so TLS has shaken hands.
func (c *conn) identities() []sdk.Identity {
	who := []sdk.Identity{{Scheme: "ip", ID: c.address}}
	socket, ok := c.socket.(*tls.Conn)
	if !ok {
		return who
	}
	if chains := socket.ConnectionState().VerifiedChains; len(chains) > 0 {
		who = append(who, sdk.Identity{Scheme: "x509", ID: subject(chains[0][0])})
	}
	return who
}

// subject is the distinguished name as RFC 2253 writes it, last part first, which is what ACLs of ZooKeeper hold.
func subject(cert *x509.Certificate) string {
	var name pkix.RDNSequence
	if _, err := asn1.Unmarshal(cert.RawSubject, &name); err != nil {
		return cert.Subject.String()
	}
	return name.String()
}
