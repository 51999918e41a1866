package zookeeper

import (
	"context"
	"errors"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// sequel is what the reader does after a request.
type sequel uint8

const (
	goOn   sequel = iota
	settle        // waits for the reply: what comes next may depend on it
	hangUp        // takes nothing more: the connection is closed behind the reply
)

// submit hands over one request. What cannot be decoded, or must not be carried out, is submitted as an error, so that
// it is answered in its turn. clock is when it came, op is scratch.
func (c *conn) submit(ctx context.Context, session sdk.Session, frame []byte, clock uint64, op *sdk.Op) (sequel, error) {
	h, body, err := wire.DecodeRequestHeader(frame)
	if err != nil {
		return hangUp, err
	}
	next, flags := c.admit(ctx, h.Kind, len(frame), body, op)
	if next == hangUp {
		flags |= cookieLast
	}
	if h.Kind == sdk.OpPing {
		h.Xid = wire.XidPing
	}
	return next, session.Submit(ctx, cookie(h.Xid, flags, clock), op)
}

// admit is decode for a request that may be made by this client and at this length; of any other it makes a refusal.
func (c *conn) admit(ctx context.Context, kind sdk.OpKind, length int, body []byte, op *sdk.Op) (next sequel, flags uint64) {
	switch limit := c.server.cfg.FrameLimit; {
	case !c.gate.lets(kind):
		c.server.complain(ctx, c, "request refused", errAuthRequired)
		refuse(op, sdk.CodeAuthRequired)
		return hangUp, 0
	case length > limit:
		c.server.complain(ctx, c, "request refused", &wire.FrameError{Length: int32(length), Limit: limit})
		c.server.trouble.large.Add(1)
		refuse(op, sdk.CodeBadArguments)
		return goOn, 0
	}
	return c.decode(ctx, kind, body, op)
}

// decode makes of a request what is to be submitted, and the flags of its cookie.
func (c *conn) decode(ctx context.Context, kind sdk.OpKind, body []byte, op *sdk.Op) (next sequel, flags uint64) {
	if err := wire.DecodeRequest(kind, body, op); err != nil {
		code := codeOf(err)
		refuse(op, code)
		if code == sdk.CodeUnimplemented || kind == sdk.OpAuth || kind == sdk.OpSASL {
			return hangUp, 0 // nothing is done behind a login that failed, whatever it failed by
		}
		return goOn, 0
	}
	switch kind {
	case sdk.OpCloseSession:
		return hangUp, 0
	case sdk.OpAuth:
		c.scheme = knownScheme(op.Scheme)
		return settle, 0
	case sdk.OpSASL:
		return c.logIn(ctx, op)
	}
	return goOn, 0
}

// logIn carries a login by SASL on.
func (c *conn) logIn(ctx context.Context, op *sdk.Op) (next sequel, flags uint64) {
	c.scheme = ""
	if err := c.gate.step(op); err != nil {
		c.server.trouble.unauthenticated.Add(1)
		c.server.complain(ctx, c, "login refused", err)
	}
	if op.Kind == sdk.OpError {
		return hangUp, cookieSASL
	}
	return settle, 0
}

// knownScheme is a scheme that outlives the request, or "".
func knownScheme(scheme string) string {
	if scheme == schemeDigest {
		return schemeDigest
	}
	return ""
}

// settle waits until a login is answered. After one that failed nothing more is taken.
func (c *conn) settle() error {
	select {
	case code := <-c.out.settled:
		if code != sdk.OK {
			return c.ignore()
		}
		c.gate.prove(c.scheme)
		return nil
	case <-c.out.gone:
		return sdk.ErrSessionClosed
	}
}

// codeOf is the code in an error of wire.DecodeRequest.
func codeOf(err error) sdk.Code {
	code := sdk.CodeMarshallingError
	errors.As(err, &code)
	return code
}
