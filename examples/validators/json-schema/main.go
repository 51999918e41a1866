// Json-schema is a validator that holds the data of nodes against JSON Schemas. See its README.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

// form is the schema of the nodes that a pattern matches.
type form struct {
	glob   sdk.Glob
	schema *jsonschema.Schema
}

// forms are tried in order; the first whose pattern matches the path counts.
var forms []form

func init() {
	guest.Configure(func(settings []byte) (err error) {
		forms, err = parse(settings)
		return err
	})
	guest.ValidateEach(judge)
}

func main() {}

// parse takes one schema for all paths, or a list of patterns with a schema each.
func parse(settings []byte) ([]form, error) {
	var list []struct {
		Path   string          `json:"path"`
		Schema json.RawMessage `json:"schema"`
	}
	if bytes.HasPrefix(bytes.TrimSpace(settings), []byte("[")) {
		decoder := json.NewDecoder(bytes.NewReader(settings))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&list); err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, errors.New("no schemas")
		}
	}
	if len(list) == 0 {
		schema, err := compile(settings)
		return []form{{schema: schema}}, err
	}
	var forms []form
	for i, entry := range list {
		glob, err := sdk.ParseGlob(entry.Path)
		if err != nil {
			return nil, fmt.Errorf("schema %d: %w", i+1, err)
		}
		schema, err := compile(entry.Schema)
		if err != nil {
			return nil, fmt.Errorf("schema %d: %w", i+1, err)
		}
		forms = append(forms, form{glob, schema})
	}
	return forms, nil
}

// nothing is where a schema that refers to others would find them.
type nothing struct{}

// Load implements jsonschema.URLLoader.
func (nothing) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s: a schema can only refer to itself", url)
}

func compile(text []byte) (*jsonschema.Schema, error) {
	const name = "grove:schema"
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(nothing{})
	compiler.AssertFormat()
	if err := compiler.AddResource(name, document); err != nil {
		return nil, err
	}
	schema, err := compiler.Compile(name)
	if err != nil {
		return nil, errors.New(oneLine(err.Error()))
	}
	return schema, nil
}

func judge(op *sdk.WriteOp) error {
	switch op.Kind {
	case sdk.OpDelete, sdk.OpSetACL:
		return nil
	}
	if forms == nil {
		return errors.New("this module needs a schema as settings")
	}
	at := slices.IndexFunc(forms, func(f form) bool { return f.matches(op) })
	if at < 0 {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(op.Data))
	if err != nil {
		return guest.Reject(op.Path + ": must be JSON: " + err.Error())
	}
	if err := forms[at].schema.Validate(value); err != nil {
		return guest.Reject(op.Path + ": " + reason(err))
	}
	return nil
}

// matches reports whether a node, or one that a sequential create may make, has this form. One without a pattern fits all.
func (f form) matches(op *sdk.WriteOp) bool {
	switch {
	case f.glob.String() == "":
		return true
	case op.Mode.Sequential():
		return f.glob.MatchNumbered(op.Path)
	}
	return f.glob.Match(op.Path)
}

var english = message.NewPrinter(language.English)

// reason is the first thing that is wrong, and where in the data.
func reason(err error) string {
	fault, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return oneLine(err.Error())
	}
	for len(fault.Causes) > 0 {
		fault = fault.Causes[0]
	}
	return strings.TrimSpace("/" + strings.Join(fault.InstanceLocation, "/") + " " + oneLine(fault.ErrorKind.LocalizedString(english)))
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
