package main

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/grove-coordination/grove/plugins"
)

// frontendKeys are the keys of one entry of the frontends list.
var frontendKeys = map[string]func(f *Frontend, value any) error{
	"name": func(f *Frontend, value any) (err error) {
		f.Name, err = word(value)
		return err
	},
	"command": func(f *Frontend, value any) (err error) {
		f.Command, err = nonEmpty(value)
		return err
	},
	"args": func(f *Frontend, value any) (err error) {
		f.Args, err = list(value)
		return err
	},
	"config": func(f *Frontend, value any) error {
		config, ok := value.(map[string]any)
		if !ok && value != nil {
			return fmt.Errorf("must be a section")
		}
		f.Config = config
		return nil
	},
	"grant": func(f *Frontend, value any) (err error) {
		if f.Grant, err = list(value); err == nil {
			_, err = plugins.ParseGrant(f.Grant)
		}
		return err
	},
	"sha256": func(f *Frontend, value any) (err error) {
		f.SHA256, err = text(value)
		if err == nil && f.SHA256 != "" && !digestForm.MatchString(f.SHA256) {
			err = fmt.Errorf("%q is not 64 lower-case hex digits", f.SHA256)
		}
		return err
	},
}

// builtin are the names that a plugin process may not take.
var builtin = []string{"zookeeper", "admin", "nats"}

// frontends takes a YAML list of sections, or the same as text.
func frontends(value any) ([]Frontend, error) {
	if s, ok := value.(string); ok {
		if err := yaml.Unmarshal([]byte(s), &value); err != nil {
			return nil, fmt.Errorf("not YAML: %w", err)
		}
	}
	items, ok := value.([]any)
	if !ok && value != nil {
		return nil, fmt.Errorf("must be a list of sections")
	}
	var out []Frontend
	for i, item := range items {
		f, err := frontend(item)
		if err == nil && slices.ContainsFunc(out, func(o Frontend) bool { return o.Name == f.Name }) {
			err = fmt.Errorf("name: %q is there twice", f.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		out = append(out, f)
	}
	return out, nil
}

func frontend(item any) (Frontend, error) {
	section, ok := item.(map[string]any)
	if !ok {
		return Frontend{}, fmt.Errorf("must be a section")
	}
	var f Frontend
	for _, key := range sortedKeys(section) {
		set, ok := frontendKeys[key]
		if !ok {
			return f, fmt.Errorf("unknown key %s", key)
		}
		if err := set(&f, section[key]); err != nil {
			return f, fmt.Errorf("%s: %w", key, err)
		}
	}
	switch {
	case f.Name == "":
		return f, fmt.Errorf("name: is missing")
	case slices.Contains(builtin, f.Name):
		return f, fmt.Errorf("name: %q is a built-in frontend", f.Name)
	case f.Command == "":
		return f, fmt.Errorf("command: is missing")
	}
	return f, nil
}
