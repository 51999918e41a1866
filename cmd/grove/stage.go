package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/grove-coordination/grove/cmd/internal/own"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// chunkSize is how much of a module one node holds: a write must fit into one request.
const chunkSize = 256 << 10

// module is a validator's program, staged in the tree as a node with its manifest and one child for each chunk.
type module struct {
	digest string
	code   []byte
}

func newModule(code []byte) module {
	sum := sha256.Sum256(code)
	return module{digest: hex.EncodeToString(sum[:]), code: code}
}

func (m module) path() string { return sdk.JoinPath(modulesRoot, m.digest) }

func (m module) manifest() []byte {
	data, err := json.Marshal(struct {
		Size   int `json:"size"`
		Chunks int `json:"chunks"`
	}{len(m.code), (len(m.code) + chunkSize - 1) / chunkSize})
	if err != nil {
		panic(fmt.Sprintf("two numbers as JSON: %v", err))
	}
	return data
}

// stage makes the module's nodes what they have to be, and leaves alone what is right already: staging a module that
// is whole only reads it, and staging one whose staging was interrupted completes it.
func (m module) stage(ctx context.Context, k *client.Client) error {
	if err := put(ctx, k, m.path(), m.manifest()); err != nil {
		return err
	}
	names, _, err := k.Children(ctx, m.path())
	if err != nil {
		return err
	}
	i := 0
	for chunk := range slices.Chunk(m.code, chunkSize) {
		name := fmt.Sprintf("%04d", i)
		names = slices.DeleteFunc(names, func(n string) bool { return n == name })
		if err := put(ctx, k, sdk.JoinPath(m.path(), name), chunk); err != nil {
			return err
		}
		i++
	}
	for _, stray := range names {
		if err := deleteTree(ctx, k, sdk.JoinPath(m.path(), stray)); err != nil {
			return err
		}
	}
	return nil
}

// put sees to it that a node has this data. What it creates, parents too, is its creator's.
func put(ctx context.Context, k *client.Client, path string, data []byte) error {
	old, _, err := k.Get(ctx, path)
	switch {
	case err == nil && bytes.Equal(old, data):
		return nil
	case errors.Is(err, sdk.CodeNoNode):
		err = own.Create(ctx, k, path, data)
	case err == nil:
		_, err = k.Set(ctx, path, data, sdk.AnyVersion)
	}
	return err
}

// warnOpen says so when anyone may change one of these nodes, which tell the servers what to do.
func (c *console) warnOpen(ctx context.Context, k *client.Client, paths ...string) error {
	open, err := own.Open(ctx, k, paths...)
	if open != "" {
		fmt.Fprintf(c.errs, "%s: anyone who reaches the server may change it; what is made with --auth is its maker's\n", open)
	}
	return err
}

// unstage removes the module, if there is one, unless a rule still names it.
func unstage(ctx context.Context, k *client.Client, digest string) error {
	if digest == "" {
		return nil
	}
	rules, err := readRules(ctx, k)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(rules, func(r rule) bool { return r.needs(digest) }) {
		return nil
	}
	err = deleteTree(ctx, k, sdk.JoinPath(modulesRoot, digest))
	if errors.Is(err, sdk.CodeNoNode) {
		return nil
	}
	return err
}

// readStaged puts a staged module together again, and makes sure that it is whole.
func readStaged(ctx context.Context, k *client.Client, digest string) ([]byte, error) {
	path := sdk.JoinPath(modulesRoot, digest)
	names, _, err := k.Children(ctx, path)
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var code []byte
	for _, name := range names {
		chunk, _, err := k.Get(ctx, sdk.JoinPath(path, name))
		if err != nil {
			return nil, err
		}
		code = append(code, chunk...)
	}
	if newModule(code).digest != digest {
		return nil, fmt.Errorf("%s: its chunks do not have this digest", path)
	}
	return code, nil
}
