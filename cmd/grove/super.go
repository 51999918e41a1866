package main

import (
	"crypto/subtle"
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/digest"
)

// superDoor reports of a user and password whether they prove an identity that may do everything.
func superDoor(super []sdk.Identity) func(user, password string) bool {
	return func(user, password string) bool {
		claimed := digest.Identity([]byte(user + ":" + password))
		allowed := 0
		for _, identity := range super {
			if identity.Scheme == claimed.Scheme {
				allowed |= subtle.ConstantTimeCompare([]byte(identity.ID), []byte(claimed.ID))
			}
		}
		return allowed == 1
	}
}

// identities is a list of scheme:id. Ids may hold commas: as text they stand in brackets, as YAML has them.
func identities(value any) ([]sdk.Identity, error) {
	if s, ok := value.(string); ok && strings.HasPrefix(s, "[") {
		var items []any
		if err := yaml.Unmarshal([]byte(s), &items); err != nil {
			return nil, errors.New("must be a list")
		}
		value = items
	}
	items, err := list(value)
	if err != nil {
		return nil, err
	}
	var out []sdk.Identity
	for _, item := range items {
		scheme, id, _ := strings.Cut(strings.TrimSpace(item), ":")
		if id == "" || !slices.Contains([]string{"digest", "x509", "sasl"}, scheme) {
			return nil, errors.New("must be digest:user:hash, x509:subject or sasl:user") // the value may hold a hash
		}
		out = append(out, sdk.Identity{Scheme: scheme, ID: id})
	}
	return out, nil
}
