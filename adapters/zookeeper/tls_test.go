package zookeeper_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/sdk"
)

// authority signs certificates for a test.
type authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	a := &authority{t: t, key: newKey(t)}
	a.cert = a.sign(&x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, a.key)
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *authority) sign(template *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	a.t.Helper()
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent := a.cert
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

// issue makes a certificate that is good for both ends.
func (a *authority) issue(serial int64, name pkix.Name) tls.Certificate {
	key := newKey(a.t)
	cert := a.sign(&x509.Certificate{SerialNumber: big.NewInt(serial), Subject: name, DNSNames: []string{"localhost"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}, key)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// store writes a pair as files.
func (a *authority) store(dir string, pair tls.Certificate) (certFile, keyFile string) {
	a.t.Helper()
	key, err := x509.MarshalECPrivateKey(pair.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		a.t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	write(a.t, certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}))
	write(a.t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key}))
	return certFile, keyFile
}

func write(t testing.TB, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func dialTLS(t *testing.T, address string, cfg *tls.Config) (*client, *tls.Conn) {
	t.Helper()
	cfg.ServerName = "localhost"
	socket, err := tls.Dial("tcp", address, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, socket), socket
}

// TestClientCertificate: the subject of a certificate that was verified is an identity; one that was only shown is none.
func TestClientCertificate(t *testing.T) {
	ours, strange := newAuthority(t), newAuthority(t)
	name := pkix.Name{CommonName: "alice, the first", OrganizationalUnit: []string{"ops"}, Country: []string{"DE"}}
	const subject = `CN=alice\, the first,OU=ops,C=DE`
	for _, test := range []struct {
		what   string
		auth   tls.ClientAuthType
		shown  []tls.Certificate
		served bool
		who    []sdk.Identity
	}{
		{"asked, shown", tls.VerifyClientCertIfGiven, []tls.Certificate{ours.issue(2, name)}, true, []sdk.Identity{{Scheme: "x509", ID: subject}}},
		{"asked, not shown", tls.VerifyClientCertIfGiven, nil, true, nil},
		{"required, shown", tls.RequireAndVerifyClientCert, []tls.Certificate{ours.issue(2, name)}, true, []sdk.Identity{{Scheme: "x509", ID: subject}}},
		{"required, not shown", tls.RequireAndVerifyClientCert, nil, false, nil},
		{"required, of another authority", tls.RequireAndVerifyClientCert, []tls.Certificate{strange.issue(2, name)}, false, nil},
		{"not verified", tls.RequireAnyClientCert, []tls.Certificate{strange.issue(2, name)}, true, nil},
		{"not asked", tls.NoClientCert, []tls.Certificate{ours.issue(2, name)}, true, nil},
	} {
		t.Run(test.what, func(t *testing.T) {
			host := newFakeHost()
			address, stop := start(t, host, zookeeper.Config{TLS: &tls.Config{ClientAuth: test.auth, ClientCAs: ours.pool(),
				Certificates: []tls.Certificate{ours.issue(3, pkix.Name{CommonName: "server"})}}})
			// The certificate is shown whether the server would take it or not.
			show := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				if len(test.shown) == 0 {
					return new(tls.Certificate), nil
				}
				return &test.shown[0], nil
			}
			c, _ := dialTLS(t, address, &tls.Config{RootCAs: ours.pool(), GetClientCertificate: show})
			if !test.served {
				if _, err := c.frames.Next(); err == nil {
					t.Error("served")
				}
				return
			}
			c.greet()
			stop()
			want := append([]sdk.Identity{{Scheme: "ip", ID: "127.0.0.1"}}, test.who...)
			if got := host.opened[0].Identities; !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// TestCertificateFiles: a new pair is used from the next connection on; a bad one changes nothing.
func TestCertificateFiles(t *testing.T) {
	ours, dir := newAuthority(t), t.TempDir()
	certFile, keyFile := ours.store(dir, ours.issue(10, pkix.Name{CommonName: "first"}))
	get, err := zookeeper.CertificateFiles(certFile, keyFile, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	address, _ := start(t, newFakeHost(), zookeeper.Config{TLS: &tls.Config{GetCertificate: get}})
	served := func() string {
		t.Helper()
		c, socket := dialTLS(t, address, &tls.Config{RootCAs: ours.pool()})
		c.greet()
		return socket.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	expect := func(name string) {
		t.Helper()
		if got := served(); got != name {
			t.Errorf("%s is served, want %s", got, name)
		}
	}
	expect("first")
	ours.store(dir, ours.issue(11, pkix.Name{CommonName: "second"}))
	expect("second")
	write(t, keyFile, []byte("half a key"))
	expect("second")
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	expect("second")
	ours.store(dir, ours.issue(12, pkix.Name{CommonName: "third"}))
	expect("third")
}

func TestCertificateFilesMissing(t *testing.T) {
	_, err := zookeeper.CertificateFiles(filepath.Join(t.TempDir(), "cert.pem"), "key.pem", slog.New(slog.DiscardHandler))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
