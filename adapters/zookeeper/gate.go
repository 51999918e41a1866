package zookeeper

import (
	"errors"
	"slices"

	"github.com/grove-coordination/grove/adapters/zookeeper/sasl"
	"github.com/grove-coordination/grove/sdk"
)

// The schemes that a connection can be made to prove.
const (
	schemeDigest = sdk.SchemeDigest
	schemeSASL   = "sasl"
	schemeX509   = "x509"
)

// Schemes are the ones that Config.Require can ask for.
func Schemes() []string { return []string{schemeDigest, schemeSASL, schemeX509} }

// errAuthRequired is why a connection ends that asked for something before it had proved who it is.
var errAuthRequired = errors.New("the client did not authenticate")

// gate is what a connection has to prove before it is served, and its login by SASL. The reader alone uses it.
type gate struct {
	require []string // schemes, of which one is enough; none: nothing has to be proved
	proved  bool
	lenient bool // a login by SASL that failed is as none
	login   *sasl.Exchange
}

func newGate(cfg *Config, users *sasl.Server) gate {
	return gate{
		require: cfg.Require, proved: len(cfg.Require) == 0, lenient: cfg.AllowFailedSASL && len(cfg.Require) == 0, login: users.Begin(),
	}
}

// prove takes note that the connection has an identity of a scheme.
func (g *gate) prove(scheme string) { g.proved = g.proved || slices.Contains(g.require, scheme) }

// lets reports whether a request of this kind is served now. Logging in always is.
func (g *gate) lets(kind sdk.OpKind) bool {
	return g.proved || kind == sdk.OpAuth || kind == sdk.OpSASL
}

// step carries a login by SASL on: from the client's token in op it makes what is to be submitted. The error says that
// it has failed; op then is what ZooKeeper does about it.
func (g *gate) step(op *sdk.Op) error {
	answer, user, err := g.login.Step(op.Data)
	switch {
	case err == nil && user == "":
		*op = sdk.Op{Kind: sdk.OpSASL, Data: answer}
	case err == nil:
		*op = sdk.Op{Kind: sdk.OpSASL, Data: answer, Who: sdk.Identity{Scheme: schemeSASL, ID: user}}
		g.prove(schemeSASL)
	case g.lenient:
		*op = sdk.Op{Kind: sdk.OpSASL}
	case slices.Contains(g.require, schemeSASL):
		refuse(op, sdk.CodeAuthRequired)
	default:
		refuse(op, sdk.CodeAuthFailed)
	}
	return err
}

// refuse makes op one that is answered in its turn with nothing but a code.
func refuse(op *sdk.Op, code sdk.Code) { *op = sdk.Op{Kind: sdk.OpError, Version: int32(code)} }
