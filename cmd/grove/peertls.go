package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"

	"github.com/grove-coordination/grove/adapters/zookeeper"
)

// peerTLS is how nodes prove themselves to each other, both ways; nil for peers that talk plainly.
func peerTLS(c TLS, log *slog.Logger) (*tls.Config, error) {
	if c.PeerCertificate == "" {
		return nil, nil
	}
	certificate, err := zookeeper.CertificateFiles(c.PeerCertificate, c.PeerKey, log)
	if err != nil {
		return nil, fmt.Errorf("tls.peer_certificate, tls.peer_key: %w", err)
	}
	authorities, err := authorities("tls.peer_ca", c.PeerCA)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, RootCAs: authorities, ClientCAs: authorities, ClientAuth: tls.RequireAndVerifyClientCert,
		GetCertificate:       certificate,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate(nil) },
	}, nil
}

// authorities are the certificates of a PEM file; key is the setting that names it.
func authorities(key, file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: %s holds no certificate", key, file)
	}
	return pool, nil
}
