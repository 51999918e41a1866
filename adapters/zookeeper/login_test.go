package zookeeper_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/adapters/zookeeper/sasl"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// logIn goes through both steps of DIGEST-MD5, with hashes worked out here, and returns the last reply.
func (c *client) logIn(user, password string) sdk.Message {
	c.t.Helper()
	challenge := c.must(sdk.OK, sdk.Op{Kind: sdk.OpSASL, Data: []byte{}})
	nonce := regexp.MustCompile(`nonce="([^"]+)"`).FindSubmatch(challenge.Result.Data)
	if nonce == nil || challenge.Zxid != 0 {
		c.t.Fatalf("challenge %q at %d", challenge.Result.Data, challenge.Zxid)
	}
	const realm, uri = "zk-sasl-md5", "zookeeper/zk-sasl-md5"
	hash := func(text string) string { sum := md5.Sum([]byte(text)); return string(sum[:]) }
	hexed := func(text string) string { return hex.EncodeToString([]byte(hash(text))) }
	proof := hexed(hexed(hash(user+":"+realm+":"+password)+":"+string(nonce[1])+":c") + ":" + string(nonce[1]) + ":00000001:c:auth:" +
		hexed("AUTHENTICATE:"+uri))
	c.xid++
	reply, _ := c.do(c.xid, sdk.Op{Kind: sdk.OpSASL, Data: fmt.Appendf(nil,
		`charset=utf-8,username="%s",realm="%s",nonce="%s",nc=00000001,cnonce="c",digest-uri="%s",response=%s,qop=auth`,
		user, realm, nonce[1], uri, proof)})
	return reply
}

var bob = []sasl.User{{Name: "bob", Password: "secret"}}

func (c *client) who() []sdk.Identity {
	c.t.Helper()
	return c.must(sdk.OK, sdk.Op{Kind: sdk.OpWhoAmI}).Result.Who
}

// TestSASL: who knows the password is who it says, on this connection and for ACLs.
func TestSASL(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{Users: bob})
	c := connected(t, address)
	if reply := c.logIn("bob", "secret"); reply.Code != sdk.OK || len(reply.Result.Data) == 0 {
		t.Fatalf("got %+v", reply)
	}
	me := sdk.Identity{Scheme: "sasl", ID: "bob"}
	if who := c.who(); !slices.Contains(who, me) {
		t.Errorf("it is %v", who)
	}
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpCreate, Path: "/mine", ACL: []sdk.ACL{{Perms: sdk.PermAll, Identity: sdk.Identity{Scheme: "auth"}}}})
	acl := c.must(sdk.OK, sdk.Op{Kind: sdk.OpGetACL, Path: "/mine"}).Result.ACL
	if len(acl) != 1 || acl[0].Identity != me {
		t.Errorf("auth stands for %v", acl)
	}
	other := connected(t, address)
	other.must(sdk.CodeNoAuth, sdk.Op{Kind: sdk.OpGetData, Path: "/mine"})
	if who := other.who(); slices.Contains(who, me) {
		t.Errorf("another connection is %v", who)
	}
}

// TestSASLFails: the answer has the code and a null token, then the connection is closed; the session lives on.
func TestSASLFails(t *testing.T) {
	for what, test := range map[string]struct {
		cfg  zookeeper.Config
		code sdk.Code
	}{
		"a wrong password":    {zookeeper.Config{Users: bob}, sdk.CodeAuthFailed},
		"where it is asked":   {zookeeper.Config{Users: bob, Require: []string{"sasl"}}, -124},
		"where it may not":    {zookeeper.Config{Users: bob, Require: []string{"sasl"}, AllowFailedSASL: true}, -124},
		"and digest would do": {zookeeper.Config{Users: bob, Require: []string{"digest"}, AllowFailedSASL: true}, sdk.CodeAuthFailed},
	} {
		t.Run(what, func(t *testing.T) {
			address := serving(t, core.Config{}, test.cfg)
			c := connected(t, address)
			c.must(sdk.OK, sdk.Op{Kind: sdk.OpSASL})
			c.ask(2, sdk.Op{Kind: sdk.OpSASL, Data: []byte("username=bob")})
			h, body := c.answer()
			if h != (wire.ReplyHeader{Xid: 2, Code: test.code}) || string(body) != "\xff\xff\xff\xff" {
				t.Errorf("got %+v, %x", h, body)
			}
			c.expectClosed()
			if again := resumed(t, address, &c.session, 0); again.session.SessionID != c.session.SessionID {
				t.Error("the session is gone")
			}
		})
	}
}

// TestSASLMayFail: a client that failed goes on as nobody.
func TestSASLMayFail(t *testing.T) {
	c := connected(t, serving(t, core.Config{}, zookeeper.Config{Users: bob, AllowFailedSASL: true}))
	if reply := c.logIn("bob", "wrong"); reply.Code != sdk.OK || reply.Result.Data != nil {
		t.Errorf("got %+v", reply)
	}
	if who := c.who(); len(who) != 1 {
		t.Errorf("it is %v", who)
	}
}

// TestRequire: before one of the schemes is proved nothing is done.
func TestRequire(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{Users: bob, Require: []string{"sasl", "digest"}})
	for what, op := range map[string]sdk.Op{
		"a read": {Kind: sdk.OpExists, Path: "/"}, "a write": {Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL()}, "a ping": {Kind: sdk.OpPing},
		"the address is no proof": {Kind: sdk.OpWhoAmI},
	} {
		t.Run(what, func(t *testing.T) {
			c := connected(t, address)
			c.must(sdk.OK, sdk.Op{Kind: sdk.OpAuth, Scheme: "ip", Data: []byte("x")})
			c.ask(7, op)
			if h, body := c.answer(); h.Code != -124 || len(body) != 0 {
				t.Errorf("got %+v, %x", h, body)
			}
			c.expectClosed()
		})
	}
	c := connected(t, address)
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpAuth, Scheme: "digest", Data: []byte("u:p")})
	c.must(sdk.CodeNoNode, sdk.Op{Kind: sdk.OpExists, Path: "/a"})
	c = connected(t, address)
	c.logIn("bob", "secret")
	c.must(sdk.CodeNoNode, sdk.Op{Kind: sdk.OpExists, Path: "/a"})
}

// TestNothingBehindAFailedLogin: what came in the same breath is not done.
func TestNothingBehindAFailedLogin(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{})
	auth, _ := wire.AppendRequest(nil, 1, &sdk.Op{Kind: sdk.OpAuth, Scheme: "nonesuch"})
	sasl, _ := wire.AppendRequest(nil, 1, &sdk.Op{Kind: sdk.OpSASL, Data: []byte("x")})
	for what, login := range map[string]struct {
		frame []byte
		code  sdk.Code
	}{
		"auth": {auth, sdk.CodeAuthFailed}, "half-an-auth": {framed(1, sdk.OpAuth, []byte{0, 0}), sdk.CodeMarshallingError},
		"sasl": {sasl, sdk.CodeAuthFailed}, "half-a-sasl": {framed(1, sdk.OpSASL, []byte{0, 0}), sdk.CodeMarshallingError},
	} {
		t.Run(what, func(t *testing.T) {
			c := connected(t, address)
			frames, _ := wire.AppendRequest(nil, 0, &sdk.Op{Kind: sdk.OpCreate, Path: "/before-" + what, ACL: sdk.OpenACL()})
			frames, _ = wire.AppendRequest(append(frames, login.frame...), 2, &sdk.Op{Kind: sdk.OpCreate, Path: "/behind-" + what, ACL: sdk.OpenACL()})
			c.write(frames)
			c.expectAnswer(0, sdk.OK)
			c.expectAnswer(1, login.code)
			c.expectClosed()
			other := connected(t, address)
			other.must(sdk.OK, sdk.Op{Kind: sdk.OpSync, Path: "/"})
			other.must(sdk.OK, sdk.Op{Kind: sdk.OpExists, Path: "/before-" + what})
			other.must(sdk.CodeNoNode, sdk.Op{Kind: sdk.OpExists, Path: "/behind-" + what})
		})
	}
}

// TestSuper: a credential that is configured opens everything, whoever else is kept out.
func TestSuper(t *testing.T) {
	const hash = "super:gG7s8t3oDEtIqF6DM9LlI/R+9Ss=" // of super:super
	address := serving(t, core.Config{Super: []sdk.Identity{{Scheme: "digest", ID: hash}, {Scheme: "sasl", ID: "bob"}}}, zookeeper.Config{Users: bob})
	owner := connected(t, address)
	owner.must(sdk.OK, sdk.Op{Kind: sdk.OpCreate, Path: "/closed", ACL: []sdk.ACL{{Perms: sdk.PermRead, Identity: sdk.Identity{Scheme: "ip", ID: "10.0.0.1"}}}})
	owner.must(sdk.CodeNoAuth, sdk.Op{Kind: sdk.OpSetData, Path: "/closed", Version: sdk.AnyVersion})
	for what, logIn := range map[string]func(c *client){
		"digest": func(c *client) {
			c.must(sdk.OK, sdk.Op{Kind: sdk.OpAuth, Scheme: "digest", Data: []byte("super:super")})
		},
		"sasl": func(c *client) { c.logIn("bob", "secret") },
	} {
		t.Run(what, func(t *testing.T) {
			c := connected(t, address)
			logIn(c)
			c.must(sdk.OK, sdk.Op{Kind: sdk.OpSetData, Path: "/closed", Version: sdk.AnyVersion})
			c.must(sdk.OK, sdk.Op{Kind: sdk.OpGetACL, Path: "/closed"})
		})
	}
}
