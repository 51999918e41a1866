package nats_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/grove-coordination/grove/adapters/nats"
	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/sdk"
)

// Plain NATS begins with now, says so, and needs no store.
func TestPlainEmbeddedServer(t *testing.T) {
	node := openNode(t, feed.Limits{})
	w := openWriter(t, node)
	w.create("/before", "")
	a := start(t, node, []string{"feed"}, map[string]any{"listen": "127.0.0.1:0", "jetstream": false, "body": "json"})
	await(t, "adapter publishes", a.publishes)
	where, _ := a.Ready()
	sub, err := connect(t, where).SubscribeSync("grove.>")
	if err != nil {
		t.Fatal(err)
	}
	await(t, "subscription is there", func() bool {
		w.do(sdk.Op{Kind: sdk.OpSetData, Path: "/before", Data: []byte("ü\x00")})
		_, err := sub.NextMsg(100 * time.Millisecond)
		return err == nil
	})
	w.do(sdk.Op{Kind: sdk.OpCreate, Path: "/e<", Data: []byte("\xff"), Mode: sdk.ModeEphemeral})
	msg := heard(t, sub)
	for msg.Subject != "grove.created.e%3C" {
		msg = heard(t, sub)
	}
	var body struct {
		Zxid, Time     int64
		Session, Owner string
		Kind, Path     string
		Data           *string
		Base64         []byte `json:"data_base64"`
		Size           int    `json:"txn_size"`
	}
	if err := json.Unmarshal(msg.Data, &body); err != nil {
		t.Fatalf("%s: %v", msg.Data, err)
	}
	if body.Zxid == 0 || body.Time == 0 || body.Size != 1 || body.Kind != "created" || body.Path != "/e<" || body.Data != nil ||
		string(body.Base64) != "\xff" || body.Owner != body.Session || !strings.HasPrefix(body.Owner, "0x") {
		t.Errorf("body %s", msg.Data)
	}
	a.stop()
}

// pemFile writes one block to a file of the test.
func pemFile(t *testing.T, dir, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// selfSigned makes a certificate for 127.0.0.1 that is its own authority, as files and as what a server takes.
func selfSigned(t *testing.T) (cert, key string, pair tls.Certificate) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = pemFile(t, dir, "cert.pem", "CERTIFICATE", der), pemFile(t, dir, "key.pem", "EC PRIVATE KEY", secret)
	pair, err = tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key, pair
}

func TestServerWantsCertificates(t *testing.T) {
	cert, key, pair := selfSigned(t)
	authorities := x509.NewCertPool()
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	authorities.AddCert(leaf)
	ns := startServer(t, func(o *server.Options) {
		o.TLSVerify = true
		o.TLSConfig = &tls.Config{
			Certificates: []tls.Certificate{pair}, ClientCAs: authorities, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12,
		}
	})
	node := openNode(t, feed.Limits{})
	stranger := start(t, node, grants, map[string]any{"url": ns.ClientURL()})
	await(t, "stranger says why", func() bool {
		_, err := stranger.Ready()
		return err != nil && strings.Contains(err.Error(), "not connected") && strings.Contains(err.Error(), "certificate")
	})
	friend := start(t, node, grants, map[string]any{"url": ns.ClientURL(), "tls_ca": cert, "tls_cert": cert, "tls_key": key})
	await(t, "friend publishes", friend.publishes)
	stranger.stop()
	friend.stop()
}

// claims is what a JWT is made of.
type claims interface {
	Encode(nkeys.KeyPair) (string, error)
}

func sign(t *testing.T, c claims, by nkeys.KeyPair) string {
	t.Helper()
	token, err := c.Encode(by)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func newKey(t *testing.T, create func() (nkeys.KeyPair, error)) (nkeys.KeyPair, string) {
	t.Helper()
	pair, err := create()
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return pair, public
}

func TestServerWantsCredentials(t *testing.T) {
	operator, operatorID := newKey(t, nkeys.CreateOperator)
	account, accountID := newKey(t, nkeys.CreateAccount)
	user, userID := newKey(t, nkeys.CreateUser)
	resolver := &server.MemAccResolver{}
	if err := resolver.Store(accountID, sign(t, jwt.NewAccountClaims(accountID), operator)); err != nil {
		t.Fatal(err)
	}
	seed, err := user.Seed()
	if err != nil {
		t.Fatal(err)
	}
	creds, err := jwt.FormatUserConfig(sign(t, jwt.NewUserClaims(userID), account), seed)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "user.creds")
	if err := os.WriteFile(file, creds, 0o600); err != nil {
		t.Fatal(err)
	}
	ns := startServer(t, func(o *server.Options) {
		o.TrustedOperators = []*jwt.OperatorClaims{jwt.NewOperatorClaims(operatorID)}
		o.AccountResolver, o.JetStream = resolver, false
	})
	node := openNode(t, feed.Limits{})
	stranger := start(t, node, grants, map[string]any{"url": ns.ClientURL(), "jetstream": false})
	friend := start(t, node, grants, map[string]any{"url": ns.ClientURL(), "jetstream": false, "credentials": file})
	await(t, "friend publishes", friend.publishes)
	var why error
	defer func() { t.Log(why) }()
	await(t, "stranger says why", func() bool {
		_, why = stranger.Ready()
		return why != nil && strings.Contains(strings.ToLower(why.Error()), "authorization violation")
	})
	stranger.stop()
	friend.stop()
}

func TestLoginSettingsAreChecked(t *testing.T) {
	for want, settings := range map[string]string{
		"credentials: open /nowhere": `{"url": "x", "credentials": "/nowhere"}`,
		"tls_ca: open /nowhere":      `{"url": "x", "tls_ca": "/nowhere"}`,
		"goes with tls_key":          `{"url": "x", "tls_cert": "/nowhere"}`,
		"that url names":             `{"store_dir": "x", "credentials": "/nowhere"}`,
		"none of raw, json":          `{"url": "x", "body": "xml"}`,
	} {
		if err := nats.New().Configure([]byte(settings)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", settings, err, want)
		}
	}
	if err := nats.New().Configure([]byte(`{"jetstream": false}`)); err != nil {
		t.Errorf("plain NATS wants a store: %v", err)
	}
}
