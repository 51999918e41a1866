package plugins

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin"
)

// Spec is one plugin as the configuration names it.
type Spec struct {
	Name     string // unique; for logs, metrics and status
	Command  string // executable, looked up in PATH if it has no slash
	Args     []string
	Settings []byte // handed to the plugin: a JSON object, nil for none
	Grant    Grant  // what it may do; the zero value grants sessions that can do nothing
	SHA256   string // of the executable, in hexadecimal; "" for any
}

// pin is the digest in bytes, nil for none.
func (s Spec) pin() ([]byte, error) {
	if s.SHA256 == "" {
		return nil, nil
	}
	sum, err := hex.DecodeString(s.SHA256)
	if err != nil || len(sum) != sha256.Size {
		return nil, fmt.Errorf("sha256 %q: must be %d hexadecimal digits", s.SHA256, 2*sha256.Size)
	}
	return sum, nil
}

// frontend is the process as a frontend.
func (s Spec) frontend(log *slog.Logger) (sdk.Frontend, error) {
	if s.Command == "" {
		return nil, errors.New("command: must be set")
	}
	pin, err := s.pin()
	if err != nil {
		return nil, err
	}
	return plugin.New(plugin.Command{
		Name: s.Name, Path: s.Command, Args: s.Args, Settings: s.Settings, SHA256: pin, Log: log,
	}), nil
}
