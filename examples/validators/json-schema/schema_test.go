package main

import (
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

func TestSettings(t *testing.T) {
	for settings, want := range map[string]string{
		"":                              "EOF",
		"{":                             "EOF",
		`{"type": "colour"}`:            "not valid against metaschema",
		`{"$ref": "http://x.test/y"}`:   "a schema can only refer to itself",
		`[]`:                            "no schemas",
		`[{"path": "a", "schema": {}}]`: "schema 1: pattern",
		`[{"path": "/a", "schema": {}}, {"path": "/b", "schema": {"type": 1}}]`: "schema 2: ",
		`[{"path": "/a", "schema": {}, "mode": 1}]`:                             `unknown field "mode"`,
	} {
		if _, err := parse([]byte(settings)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", settings, err, want)
		}
	}
	if err := judge(&sdk.WriteOp{Kind: sdk.OpSetData, Path: "/a"}); err == nil || !strings.Contains(err.Error(), "needs a schema") {
		t.Errorf("without settings: %v", err)
	}
	var err error
	if forms, err = parse([]byte(`{"type": "integer"}`)); err != nil {
		t.Fatal(err)
	}
	for data, good := range map[string]bool{"1": true, "1.5": false, "x": false} {
		if err := judge(&sdk.WriteOp{Kind: sdk.OpSetData, Path: "/anything/at/all", Data: []byte(data)}); (err == nil) != good {
			t.Errorf("%s: %v", data, err)
		}
	}
}
