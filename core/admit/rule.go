package admit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// Where rules and modules stand in the tree.
const (
	Root       = sdk.GroveRoot
	RulesRoot  = Root + "/validators"
	ModuleRoot = Root + "/modules"
)

// Mode says what a rule's verdict does.
type Mode string

// The modes.
const (
	Enforce Mode = "enforce" // a refusal refuses the write
	Audit   Mode = "audit"   // a refusal is recorded, the write goes on
	Off     Mode = "off"     // the module does not run
)

// Reads says what a module sees.
type Reads string

// What there is to see.
const (
	ReadsNone Reads = "none" // the write alone
	ReadsOld  Reads = "old"  // and the nodes that it writes, as they are before
	ReadsTree Reads = "tree" // and whatever node it asks for
)

// Rule is the content of a rule node.
type Rule struct {
	Name     string          `json:"-"`
	Module   string          `json:"module"`             // SHA-256 of the module, hexadecimal
	Paths    []string        `json:"paths"`              // globs; a write is judged when it touches one of them
	Kinds    []string        `json:"kinds,omitempty"`    // create, set, delete, acl; none: all of them
	Mode     Mode            `json:"mode,omitempty"`     // default enforce
	OnError  string          `json:"on_error,omitempty"` // deny (default) or allow, when the module itself fails
	Reads    Reads           `json:"reads,omitempty"`    // what the module sees beside the write
	Fuel     uint64          `json:"fuel,omitempty"`     // of one call, 0 for the default
	Memory   uint64          `json:"memory,omitempty"`   // bytes of one instance, 0 for the default
	Super    Super           `json:"super,omitempty"`    // judge (default) or bypass, when the super identity writes
	Order    int             `json:"order,omitempty"`    // rules run in ascending order, then by name
	Previous string          `json:"previous,omitempty"` // the module before this one, for whoever wants to go back
	Settings json.RawMessage `json:"settings,omitempty"` // handed to the module: a string as its text, else as JSON

	globs []sdk.Glob
}

// maxPatterns is how many patterns a rule may have: every write is compared with them.
const maxPatterns = 32

// kindNames are the words a rule uses for operations.
var kindNames = map[sdk.OpKind]string{
	sdk.OpCreate: "create", sdk.OpCreate2: "create", sdk.OpCreateContainer: "create", sdk.OpCreateTTL: "create",
	sdk.OpSetData: "set", sdk.OpDelete: "delete", sdk.OpSetACL: "acl",
}

// ParseRule reads the content of rule node name. An unknown key or a bad value is an error that names it.
func ParseRule(name string, data []byte) (*Rule, error) {
	r := &Rule{Name: name, Mode: Enforce, OnError: "deny", Reads: ReadsNone, Super: SuperJudged}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(r); err != nil {
		return nil, fmt.Errorf("rule %s: %w", name, err)
	}
	if decoder.More() {
		return nil, fmt.Errorf("rule %s: more than one JSON value", name)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("rule %s: %w", name, err)
	}
	return r, nil
}

// salvage makes of a node that is no rule one that can only refuse, if its paths can be read.
func salvage(name string, data []byte) *Rule {
	r := &Rule{Name: name, Mode: Enforce, OnError: "deny"}
	var known struct {
		Paths []string `json:"paths"`
	}
	_ = json.Unmarshal(data, &known) // what could be read is what counts
	for _, text := range known.Paths {
		if glob, err := sdk.ParseGlob(text); err == nil {
			r.Paths, r.globs = append(r.Paths, text), append(r.globs, glob)
		}
	}
	if len(r.globs) == 0 {
		return nil
	}
	return r
}

func (r *Rule) check() error {
	if !isDigest(r.Module) {
		return fmt.Errorf("module: %q is no SHA-256 in hexadecimal", r.Module)
	}
	if len(r.Paths) == 0 || len(r.Paths) > maxPatterns {
		return fmt.Errorf("paths: 1 to %d are needed", maxPatterns)
	}
	for _, text := range r.Paths {
		glob, err := sdk.ParseGlob(text)
		if err != nil {
			return fmt.Errorf("paths: %w", err)
		}
		r.globs = append(r.globs, glob)
	}
	for _, kind := range r.Kinds {
		if err := oneOf("kinds", kind, "create", "set", "delete", "acl"); err != nil {
			return err
		}
	}
	return errors.Join(
		oneOf("mode", string(r.Mode), string(Enforce), string(Audit), string(Off)),
		oneOf("on_error", r.OnError, "deny", "allow"),
		oneOf("reads", string(r.Reads), string(ReadsNone), string(ReadsOld), string(ReadsTree)),
		oneOf("super", string(r.Super), string(SuperJudged), string(SuperPasses)),
	)
}

// isDigest reports whether text is a SHA-256 in hexadecimal.
func isDigest(text string) bool {
	digest, err := hex.DecodeString(text)
	return err == nil && len(digest) == sha256.Size
}

func oneOf(key, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%s: %q is not one of %v", key, value, allowed)
}

// matches reports whether the rule wants to see an operation.
func (r *Rule) matches(op *sdk.Op) bool {
	kind, ok := kindNames[op.Kind]
	if !ok || r.Mode == Off || (len(r.Kinds) > 0 && !slices.Contains(r.Kinds, kind)) {
		return false
	}
	match := sdk.Glob.Match
	if op.Mode.Sequential() {
		match = sdk.Glob.MatchNumbered
	}
	return slices.ContainsFunc(r.globs, func(g sdk.Glob) bool { return match(g, op.Path) })
}

// touches reports whether the rule judges a write or, of a multi, one of its operations.
func (r *Rule) touches(op *sdk.Op) bool {
	if op.Kind != sdk.OpMulti {
		return r.judges(op)
	}
	return slices.ContainsFunc(op.Ops, func(op sdk.Op) bool { return r.judges(&op) })
}

func (r *Rule) judges(op *sdk.Op) bool { return !exempt(op) && r.matches(op) }

// looks reports whether the rule's module sees more than the write.
func (r *Rule) looks() bool { return r.Reads == ReadsOld || r.Reads == ReadsTree }

// settings are what the module is configured with; nil for none.
func (r *Rule) settings() []byte {
	var text string
	switch {
	case len(r.Settings) == 0 || string(r.Settings) == "null":
		return nil
	case json.Unmarshal(r.Settings, &text) == nil:
		return []byte(text)
	}
	return r.Settings
}

// key tells compiled validators apart: two rules with the same key can share one.
func (r *Rule) key() string {
	return fmt.Sprintf("%q %s %d %d %s", r.Name, r.Module, r.Fuel, r.Memory, r.settings())
}
