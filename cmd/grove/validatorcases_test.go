package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// examples are the validators that come with Grove, each with its cases.
var examples = []string{"immutable", "json-schema", "loop", "monotonic", "naming", "owner", "references", "size", "typed"}

// TestExampleValidators tries each as its README says.
func TestExampleValidators(t *testing.T) {
	programs, err := filepath.Glob("../../examples/validators/*/main.go")
	if err != nil || len(programs) != len(examples) {
		t.Errorf("%d validators in Go, %d are tried; %v", len(programs), len(examples), err)
	}
	modules := buildModules(t, examples...)
	for _, name := range examples {
		t.Run(name, func(t *testing.T) {
			out, err := command(t, "validator", "test", filepath.Join(modules, name+".wasm"), "../../examples/validators/"+name+"/cases.yaml")
			if err != nil || !strings.Contains(out, "as expected") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// command runs a command in this process.
func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot(&console{in: strings.NewReader(""), out: &out, errs: io.Discard})
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// A case that is not as expected is told, and the command fails.
func TestUnexpectedCases(t *testing.T) {
	modules := buildModules(t, "immutable")
	file := filepath.Join(t.TempDir(), "cases.yaml")
	cases := "cases:\n- {name: made, create: /a, expect: deny}\n- {name: set, set: /a, expect: deny, reason: because}\n- {delete: /a, expect: deny}\n"
	if err := os.WriteFile(file, []byte(cases), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := command(t, "validator", "test", filepath.Join(modules, "immutable.wasm"), file)
	want := "case 1 made: admit \"\", expected deny \"\"\ncase 2 set: deny \"/a: is made once and not changed\", expected deny \"because\"\n"
	if err == nil || err.Error() != "2 of 3 cases are not as expected" || out != want {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := command(t, "validator", "test", file, file); err == nil || !strings.Contains(err.Error(), "not a WebAssembly module") {
		t.Errorf("a file that is no module: %v", err)
	}
	if out, err := command(t, "validator", "bench", filepath.Join(modules, "immutable.wasm"), file); err != nil || strings.Count(out, "µs") != 3 {
		t.Errorf("bench: %v\n%s", err, out)
	}
}

func TestBadCases(t *testing.T) {
	tests := map[string]string{
		"cases: []":             "there are no cases",
		"":                      "EOF",
		"casess: []":            "line 1: field casess not found",
		"cases: [{create: /a}]": "case 1 : expect",
		"cases: [{name: x, create: /a, expect: yes}]":          "case 1 x: expect",
		"cases: [{name: x, expect: deny}]":                     "one of create, set, delete and acl",
		"cases: [{set: /a, create: /a, expect: deny}]":         "one of create, set, delete and acl",
		"cases: [{set: /a, expect: deny, multi: [{}]}]":        "beside a multi",
		"cases: [{create: /a, grant: [all], expect: deny}]":    `grant: "all" is not letters`,
		"cases: [{create: /a, grant: [rx joe], expect: deny}]": "grant",
		"cases: [{expect: deny, multi: [{create: \"\"}]}]":     "one of create",
	}
	for text, want := range tests {
		file := filepath.Join(t.TempDir(), "cases.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readCases(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
