package zookeeper

import (
	"crypto/tls"

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
	chains := socket.ConnectionState().VerifiedChains
	if len(chains) == 0 {
		return who
	}
	if name := distinguishedName(chains[0][0].RawSubject); name != "" {
		c.gate.prove(schemeX509)
		who = append(who, sdk.Identity{Scheme: schemeX509, ID: name})
	}
	return who
}
