package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/sdk"
)

// clientFrontends are the doors for ZooKeeper clients: the plain one, and one with TLS when it is asked for.
func clientFrontends(c Config, l *listeners, registry prometheus.Registerer, log *slog.Logger) ([]sdk.Frontend, error) {
	users, err := c.SASL.everyone()
	if err != nil {
		return nil, err
	}
	config := zookeeper.Config{
		Listener:       l.zookeeper,
		MaxConnections: c.ZooKeeper.MaxConnections, MaxPerAddress: c.ZooKeeper.MaxPerAddress,
		FrameLimit: c.ZooKeeper.MaxFrame, CutOversized: c.ZooKeeper.CutOversized,
		HandshakeTimeout: c.ZooKeeper.HandshakeTimeout, WriteTimeout: c.ZooKeeper.WriteTimeout,
		Users: users, AllowFailedSASL: c.SASL.AllowFailed, Require: c.ZooKeeper.Require, ReadOnly: c.Cluster.ReadOnly,
		Words: c.ZooKeeper.Words,
		About: zookeeper.About{
			Version: version().Version, Built: version().built, DataDir: c.DataDir,
			MinTimeout: c.Session.MinTimeout, MaxTimeout: c.Session.MaxTimeout,
		},
		Logger: log, Metrics: connectionMetrics(registry),
	}
	frontends := []sdk.Frontend{zookeeper.New(config)}
	if l.tls == nil {
		return frontends, nil
	}
	if config.TLS, err = clientTLS(c.TLS, log); err != nil {
		return nil, err
	}
	config.Listener = l.tls
	return append(frontends, zookeeper.New(config)), nil
}

// clientTLS is how the TLS door proves itself, and what it asks of clients.
func clientTLS(c TLS, log *slog.Logger) (*tls.Config, error) {
	certificate, err := zookeeper.CertificateFiles(c.Certificate, c.Key, log)
	if err != nil {
		return nil, fmt.Errorf("tls.certificate, tls.key: %w", err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificate}
	if c.ClientAuth == "none" {
		return config, nil
	}
	if config.ClientCAs, err = authorities("tls.client_ca", c.ClientCA); err != nil {
		return nil, err
	}
	config.ClientAuth = tls.VerifyClientCertIfGiven
	if c.ClientAuth == "need" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config, nil
}
