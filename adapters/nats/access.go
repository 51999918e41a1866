package nats

import (
	"fmt"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// access is who may do what at the embedded server. Nobody has to say who he is; the adapter proves that it is the one
// that publishes, with a key that lives as long as the server does.
type access struct {
	own           nkeys.KeyPair
	owner, anyone string // public keys
}

func newAccess() (a access, err error) {
	if a.own, a.owner, err = newKey(); err != nil {
		return access{}, err
	}
	_, a.anyone, err = newKey() // whose other half nobody has
	return a, err
}

func newKey() (pair nkeys.KeyPair, public string, err error) {
	if pair, err = nkeys.CreateUser(); err == nil {
		public, err = pair.PublicKey()
	}
	if err != nil {
		return nil, "", fmt.Errorf("embedded server: key: %w", err)
	}
	return pair, public, nil
}

// login is how the adapter connects.
func (a access) login() nats.Option { return nats.Nkey(a.owner, a.own.Sign) }

// restrict leaves everybody all but publishing what is the adapter's to publish, and changing streams.
func (a access) restrict(s Settings) func(*server.Options) {
	denied := []string{s.Subject, s.Subject + ".>"}
	if s.JetStream {
		denied = append(denied, bucketSubject+">")
		for _, verb := range []string{"CREATE", "UPDATE", "DELETE", "PURGE", "RESTORE", "MSG.DELETE"} {
			denied = append(denied, server.JSApiPrefix+".STREAM."+verb+".*")
		}
	}
	return func(o *server.Options) {
		o.NoAuthUser = a.anyone
		o.Nkeys = []*server.NkeyUser{
			{Nkey: a.owner},
			{Nkey: a.anyone, Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: denied}}},
		}
	}
}
