package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

// cases is a file of writes and what a module has to say to them.
type cases struct {
	Rule  caseRule          `yaml:"rule"`
	Tree  map[string]string `yaml:"tree"` // data by path: what is there before each case
	Cases []caseWrite       `yaml:"cases"`
}

// caseRule is the rule that the module stands under. Without paths it judges every write.
type caseRule struct {
	Paths    []string `yaml:"paths"`
	Kinds    []string `yaml:"kinds"`
	Reads    string   `yaml:"reads"`
	Fuel     uint64   `yaml:"fuel"`
	Settings any      `yaml:"settings"`
}

// caseWrite is one write and what is expected: admit, deny, or fail, when the module itself is to fail.
type caseWrite struct {
	Name   string `yaml:"name"`
	caseOp `yaml:",inline"`
	Multi  []caseOp          `yaml:"multi"`
	As     []string          `yaml:"as"`   // identities, scheme:id
	Tree   map[string]string `yaml:"tree"` // nodes beside those of the file
	Expect string            `yaml:"expect"`
	Reason string            `yaml:"reason"` // part of the reason for a refusal
}

// caseOp is an operation: exactly one of the first four is its path.
type caseOp struct {
	Create     string  `yaml:"create"`
	Set        string  `yaml:"set"`
	Delete     string  `yaml:"delete"`
	ACL        string  `yaml:"acl"`
	Data       *string `yaml:"data"`
	Ephemeral  bool    `yaml:"ephemeral"`
	Sequential bool    `yaml:"sequential"`
	Version    *int32  `yaml:"version"`

	Grant []string `yaml:"grant"` // of create and acl: the ACL, each entry as "rwcda scheme:id"
}

// readCases reads a file of cases. An unknown key is an error with its line, and so is a case that says too little.
func readCases(file string) (*cases, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	c := &cases{Rule: caseRule{Paths: []string{"/**"}}}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(c); err != nil {
		return nil, fmt.Errorf("%s: %s", file, strings.Join(strings.Fields(err.Error()), " "))
	}
	if len(c.Cases) == 0 {
		return nil, fmt.Errorf("%s: there are no cases", file)
	}
	for i := range c.Cases {
		if _, err := c.Cases[i].op(); err != nil {
			return nil, fmt.Errorf("%s: case %d %s: %w", file, i+1, c.Cases[i].Name, err)
		}
	}
	return c, nil
}

// rule is the rule as a node holds it.
func (c *cases) rule(digest string) ([]byte, error) {
	r := admit.Rule{Module: digest, Paths: c.Rule.Paths, Kinds: c.Rule.Kinds, Reads: admit.Reads(c.Rule.Reads), Fuel: c.Rule.Fuel}
	if r.Reads == "" {
		r.Reads = admit.ReadsNone
	}
	r.Mode, r.OnError = admit.Enforce, "deny"
	if c.Rule.Settings != nil {
		settings, err := json.Marshal(c.Rule.Settings)
		if err != nil {
			return nil, fmt.Errorf("settings: %w", err)
		}
		r.Settings = settings
	}
	return json.Marshal(r)
}

// op is the write of a case.
func (w *caseWrite) op() (*sdk.Op, error) {
	if _, err := oneOf("admit", "deny", "fail")(w.Expect); err != nil {
		return nil, fmt.Errorf("expect: %w", err)
	}
	if len(w.Multi) == 0 {
		return w.caseOp.op()
	}
	if !reflect.DeepEqual(w.caseOp, caseOp{}) {
		return nil, errors.New("an operation beside a multi")
	}
	multi := &sdk.Op{Kind: sdk.OpMulti}
	for i := range w.Multi {
		op, err := w.Multi[i].op()
		if err != nil {
			return nil, err
		}
		multi.Ops = append(multi.Ops, *op)
	}
	return multi, nil
}

func (o *caseOp) op() (*sdk.Op, error) {
	op := &sdk.Op{Version: sdk.AnyVersion}
	paths := 0
	for kind, path := range map[sdk.OpKind]string{sdk.OpCreate: o.Create, sdk.OpSetData: o.Set, sdk.OpDelete: o.Delete, sdk.OpSetACL: o.ACL} {
		if path != "" {
			op.Kind, op.Path = kind, path
			paths++
		}
	}
	if paths != 1 {
		return nil, errors.New("it needs one of create, set, delete and acl, or a multi")
	}
	if o.Data != nil {
		op.Data = []byte(*o.Data)
	}
	if o.Version != nil {
		op.Version = *o.Version
	}
	var err error
	if op.ACL, err = grants(o.Grant); err != nil {
		return nil, err
	}
	if o.Ephemeral {
		op.Mode |= sdk.ModeEphemeral
	}
	if o.Sequential {
		op.Mode |= sdk.ModePersistentSequential
	}
	return op, nil
}

// permLetters are the permissions as ZooKeeper's command line writes them.
const permLetters = "rwcda"

// grants reads the entries of an ACL.
func grants(entries []string) (acl []sdk.ACL, err error) {
	for _, text := range entries {
		letters, identity, ok := strings.Cut(text, " ")
		scheme, id, named := strings.Cut(identity, ":")
		if !ok || !named || strings.Trim(letters, permLetters) != "" {
			return nil, fmt.Errorf("grant: %q is not letters of %s and scheme:id", text, permLetters)
		}
		entry := sdk.ACL{Identity: sdk.Identity{Scheme: scheme, ID: id}}
		for i, letter := range permLetters {
			if strings.ContainsRune(letters, letter) {
				entry.Perms |= 1 << i
			}
		}
		acl = append(acl, entry)
	}
	return acl, nil
}

// who is who writes; nobody in particular when the case does not say.
func (w *caseWrite) who() (list []sdk.Identity) {
	for _, text := range w.As {
		scheme, id, _ := strings.Cut(text, ":")
		list = append(list, sdk.Identity{Scheme: scheme, ID: id})
	}
	return list
}
