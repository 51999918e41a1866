package zookeeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// handshake reads the first frame, opens the session and answers in the form that was asked. The error says why there
// is no session. A four-letter word is answered instead. A client whose session is gone is told so; in every other case
// it gets no answer and tries another server.
func (c *conn) handshake(ctx context.Context, host sdk.Host) (sdk.Session, error) {
	request, err := c.greeting()
	if text, ok := spelled(err); ok {
		return nil, c.answer(ctx, host, text)
	}
	if err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	opening, cancel := context.WithTimeout(ctx, c.server.cfg.HandshakeTimeout)
	defer cancel()
	session, err := host.Open(opening, login(request, c.identities()))
	response := wire.ConnectResponse{Short: request.Short}
	switch {
	case err == nil:
		info := session.Info()
		response.TimeoutMillis = int32(info.Timeout.Milliseconds())
		response.SessionID = info.ID
		response.Password = info.Password
		response.ReadOnly = info.ReadOnly
	case !errors.Is(err, sdk.ErrNoSession):
		return nil, fmt.Errorf("open session: %w", err)
	}
	if written := c.out.send(wire.AppendConnectResponse(nil, &response)); written != nil && err == nil {
		session.Close()
		return nil, fmt.Errorf("handshake: %w", written)
	}
	return session, err
}

// greeting waits for the first frame, so long as a client without a session may stay.
func (c *conn) greeting() (*wire.ConnectRequest, error) {
	if err := c.socket.SetDeadline(time.Now().Add(c.server.cfg.HandshakeTimeout)); err != nil {
		return nil, err
	}
	frame, err := c.frames.Next()
	if err != nil {
		return nil, err
	}
	request := new(wire.ConnectRequest)
	if err := wire.DecodeConnectRequest(frame, request); err != nil {
		return nil, err
	}
	return request, c.socket.SetDeadline(time.Time{})
}

func login(r *wire.ConnectRequest, who []sdk.Identity) sdk.Login {
	return sdk.Login{
		SessionID:  r.SessionID,
		Password:   bytes.Clone(r.Password),
		Timeout:    time.Duration(r.TimeoutMillis) * time.Millisecond,
		LastZxid:   r.LastZxidSeen,
		Identities: who,
		ReadOnly:   r.ReadOnly,
	}
}

// address is the bare address of a peer: no port, no zone, and IPv4 as such even where it comes in an IPv6 socket.
func address(remote net.Addr) string {
	if at, err := netip.ParseAddrPort(remote.String()); err == nil {
		return at.Addr().Unmap().WithZone("").String()
	}
	return remote.String()
}
