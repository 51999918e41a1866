package nats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Settings are what Configure takes, as JSON.
type Settings struct {
	URL      string `json:"url"`       // servers to publish to, separated by commas; empty: an embedded one
	Listen   string `json:"listen"`    // embedded: host:port
	StoreDir string `json:"store_dir"` // embedded: folder of its streams
	Subject  string `json:"subject"`   // prefix of every subject
	Stream   string `json:"stream"`    // name of the JetStream stream
	Cluster  string `json:"cluster"`   // name of the tree's cluster, part of message ids; may be empty
	MaxBytes int64  `json:"max_bytes"` // of a stream that is created: older messages go when it has more
	Replicas int    `json:"replicas"`  // of a stream that is created

	JetStream bool     `json:"jetstream"` // false: plain NATS, without a stream
	Body      string   `json:"body"`      // raw, json, cloudevents or cloudevents-binary
	Paths     []string `json:"paths"`     // patterns, of which one must fit; none: every path
	Kinds     []string `json:"kinds"`     // created, changed, deleted, acl; none: all of them
	Snapshot  bool     `json:"snapshot"`  // tell the current state after a gap
	Elect     bool     `json:"elect"`     // with url: one copy publishes, the others wait

	KV     string `json:"kv"`      // bucket of NATS' key-value store that mirrors a subtree; empty: none
	KVPath string `json:"kv_path"` // the subtree

	Service  string `json:"service"`  // prefix of the subjects on which the adapter answers; empty: none
	Requests bool   `json:"requests"` // answer get, list and set, as far as is granted

	Secret      string `json:"secret"`      // with url: file with what the seals of messages are made of
	Credentials string `json:"credentials"` // with url: file with a user's JWT and seed
	TLSCA       string `json:"tls_ca"`      // with url: file with the authorities that the server is believed by
	TLSCert     string `json:"tls_cert"`    // with url: file with the adapter's own certificate
	TLSKey      string `json:"tls_key"`     // and its key
}

func defaults() Settings {
	return Settings{
		Listen: "127.0.0.1:4222", Subject: "grove", Stream: "GROVE", MaxBytes: 1 << 30, Replicas: 1,
		JetStream: true, Body: bodyRaw, Snapshot: true, Elect: true, Service: "grove-service", KVPath: "/",
	}
}

// parseSettings reads settings over the defaults. An unknown key is an error, as is a value of no use.
func parseSettings(raw []byte) (Settings, error) {
	s := defaults()
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return Settings{}, fmt.Errorf("settings: %w", err)
	}
	return s, s.check()
}

func (s Settings) check() error {
	switch {
	case s.URL == "" && s.StoreDir == "" && s.JetStream:
		return errors.New("store_dir: must be set when url is not")
	case !slices.Contains(bodies, s.Body):
		return fmt.Errorf("body: %q is none of %s", s.Body, strings.Join(bodies, ", "))
	case s.Stream == "" || strings.ContainsAny(s.Stream, " .*>/\\\t\r\n"):
		return fmt.Errorf("stream: %q is no name of a stream", s.Stream)
	case strings.ContainsAny(s.Cluster, " \t\r\n"):
		return fmt.Errorf("cluster: %q has white space", s.Cluster)
	case s.MaxBytes <= 0:
		return fmt.Errorf("max_bytes: %d is not positive", s.MaxBytes)
	case s.Replicas < 1 || s.Replicas > 5:
		return fmt.Errorf("replicas: %d is not from 1 to 5", s.Replicas)
	}
	if _, _, err := net.SplitHostPort(s.Listen); s.URL == "" && err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if err := errors.Join(s.checkLogin(), s.checkService(), s.checkMirror()); err != nil {
		return err
	}
	return checkPrefix(s.Subject)
}

// maxPrefix leaves room for a path in NATS's limit of a control line.
const maxPrefix = 255

func checkPrefix(prefix string) error {
	if len(prefix) > maxPrefix {
		return fmt.Errorf("subject: longer than %d bytes", maxPrefix)
	}
	for token := range strings.SplitSeq(prefix, ".") {
		if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '*' || r == '>' }) {
			return fmt.Errorf("subject: %q is no NATS subject without wildcards", prefix)
		}
	}
	return nil
}

func (s Settings) checkMirror() error {
	switch {
	case s.KV == "":
		return nil
	case !s.JetStream:
		return errors.New("kv: needs jetstream")
	case strings.ContainsFunc(s.KV, func(r rune) bool { return r >= 0x80 || !plainInKey(byte(r)) || r == '=' }):
		return fmt.Errorf("kv: %q is no name of a bucket", s.KV)
	}
	if err := sdk.ValidatePath(s.KVPath); err != nil {
		return fmt.Errorf("kv_path: %w", err)
	}
	if strings.Contains(s.KVPath, "*") {
		return fmt.Errorf("kv_path: %q is one path, and cannot be a pattern", s.KVPath)
	}
	return nil
}
