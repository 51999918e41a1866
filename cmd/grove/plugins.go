package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/grove-coordination/grove/plugins"
)

// pluginSpecs are the plugin processes of a server: NATS, which is this executable again, and those of the
// configuration.
func pluginSpecs(c Config) ([]plugins.Spec, error) {
	var specs []plugins.Spec
	if c.NATS.Enabled {
		spec, err := natsSpec(c)
		if err != nil {
			return nil, err
		}
		specs = append(specs, spec)
	}
	for _, f := range c.Frontends {
		spec, err := pluginSpec(f)
		if err != nil {
			return nil, fmt.Errorf("frontends: %s: %w", f.Name, err)
		}
		specs = append(specs, spec)
	}
	return specs, nil
}

func pluginSpec(f Frontend) (plugins.Spec, error) {
	grant, err := plugins.ParseGrant(f.Grant)
	if err != nil {
		return plugins.Spec{}, fmt.Errorf("grant: %w", err)
	}
	settings, err := json.Marshal(f.Config)
	if err != nil {
		return plugins.Spec{}, fmt.Errorf("config: %w", err)
	}
	if f.Config == nil {
		settings = nil
	}
	return plugins.Spec{
		Name: f.Name, Command: f.Command, Args: f.Args, Settings: settings, Grant: grant, SHA256: f.SHA256,
	}, nil
}

// natsGrant lets the NATS frontend follow the changes, read the state after a gap, and hold the node that says which
// copy is active.
var natsGrant = []string{
	"feed", "read", "write:/grove", "write:/grove/frontends", "write:/grove/frontends/nats/**",
}

func natsSpec(c Config) (plugins.Spec, error) {
	self, err := os.Executable()
	if err != nil {
		return plugins.Spec{}, fmt.Errorf("nats: %w", err)
	}
	store, err := filepath.Abs(filepath.Join(c.DataDir, "nats"))
	if err != nil {
		return plugins.Spec{}, fmt.Errorf("nats: %w", err)
	}
	grant := slices.Clone(natsGrant)
	for _, pattern := range c.NATS.Writes {
		grant = append(grant, "write:"+pattern)
	}
	return pluginSpec(Frontend{
		Name: "nats", Command: self, Args: []string{"frontend", "nats"}, Grant: grant,
		Config: map[string]any{
			"url": c.NATS.URL, "listen": c.NATS.Listen, "store_dir": store, "subject": c.NATS.Subject,
			"stream": c.NATS.Stream, "jetstream": c.NATS.JetStream, "body": c.NATS.Body,
			"paths": c.NATS.Paths, "kinds": c.NATS.Kinds, "kv": c.NATS.KV, "kv_path": c.NATS.KVPath,
			"service": c.NATS.Service, "requests": c.NATS.Requests,
			"credentials": c.NATS.Credentials, "secret": c.NATS.Secret,
			"tls_ca": c.NATS.TLSCA, "tls_cert": c.NATS.TLSCert, "tls_key": c.NATS.TLSKey,
		},
	})
}
