package nats

import (
	"errors"
	"fmt"
	"os"

	"github.com/nats-io/nats.go"
)

// loginOptions are how the adapter proves who it is to a server that is named, and what it believes of it.
func (s Settings) loginOptions() (list []nats.Option) {
	if s.Credentials != "" {
		list = append(list, nats.UserCredentials(s.Credentials))
	}
	if s.TLSCA != "" {
		list = append(list, nats.RootCAs(s.TLSCA))
	}
	if s.TLSCert != "" {
		list = append(list, nats.ClientCert(s.TLSCert, s.TLSKey))
	}
	return list
}

// checkLogin finds files that cannot be read, before a server is bothered with a login that must fail.
func (s Settings) checkLogin() error {
	if (s.TLSCert == "") != (s.TLSKey == "") {
		return errors.New("tls_cert: goes with tls_key, and only with it")
	}
	for _, file := range []struct{ key, path string }{
		{"credentials", s.Credentials}, {"tls_ca", s.TLSCA}, {"tls_cert", s.TLSCert}, {"tls_key", s.TLSKey}, {"secret", s.Secret},
	} {
		if file.path == "" {
			continue
		}
		if s.URL == "" {
			return fmt.Errorf("%s: is for a server that url names", file.key)
		}
		if _, err := os.ReadFile(file.path); err != nil {
			return fmt.Errorf("%s: %w", file.key, err)
		}
	}
	return nil
}
