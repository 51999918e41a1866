package admit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// Nodes is what the door reads of the tree. It may be called at any time without the state's lock.
type Nodes interface {
	// Get returns the node at path with its whole stat. Its data is shared.
	Get(path string) sdk.Node
	// Children returns the names below a node in ascending order, nil when it is not there, and its pzxid.
	Children(path string) (names []string, pzxid int64)
	// Allowed says what would become of a create or setData as things stand: OK, or why it would fail.
	Allowed(who []sdk.Identity, op *sdk.Op) sdk.Code
}

// manifest is the content of a module's node; its chunks are its children, in ascending order of their names.
type manifest struct {
	Size   int `json:"size"`
	Chunks int `json:"chunks"`
}

// What is put together from chunks at most, whatever the manifest says.
const (
	maxModule = 8 << 20 // bytes
	maxChunks = 256
)

// readModule puts a staged module together and checks it against its digest.
func readModule(nodes Nodes, digest string) ([]byte, error) {
	path := sdk.JoinPath(ModuleRoot, digest)
	node := nodes.Get(path)
	if !node.Present {
		return nil, fmt.Errorf("module %.12s: no node %s", digest, path)
	}
	var m manifest
	if err := json.Unmarshal(node.Data, &m); err != nil {
		return nil, fmt.Errorf("module %.12s: %w", digest, err)
	}
	chunks, _ := nodes.Children(path)
	switch {
	case m.Chunks > maxChunks || m.Size > maxModule:
		return nil, fmt.Errorf("module %.12s: %d chunks of at most %d, %d bytes of at most %d", digest, m.Chunks, maxChunks, m.Size, maxModule)
	case len(chunks) != m.Chunks:
		return nil, fmt.Errorf("module %.12s: %d of %d chunks", digest, len(chunks), m.Chunks)
	}
	code, err := joinChunks(nodes, path, digest, chunks)
	if err == nil && len(code) != m.Size {
		return nil, fmt.Errorf("module %.12s: %d bytes where its node says %d", digest, len(code), m.Size)
	}
	return code, err
}

func joinChunks(nodes Nodes, path, digest string, chunks []string) ([]byte, error) {
	var code []byte
	for _, name := range chunks {
		chunk := nodes.Get(sdk.JoinPath(path, name))
		if code = append(code, chunk.Data...); len(code) > maxModule {
			return nil, fmt.Errorf("module %.12s: more than %d bytes", digest, maxModule)
		}
	}
	if sum := sha256.Sum256(code); hex.EncodeToString(sum[:]) != digest {
		return nil, fmt.Errorf("module %.12s: its chunks do not have this digest", digest)
	}
	return code, nil
}

// moduleGuards are what must still be so for a rule to come into force: its module is there, and nobody has touched it
// since it was checked.
func moduleGuards(nodes Nodes, digest string) []txn.Guard {
	path := sdk.JoinPath(ModuleRoot, digest)
	chunks, pzxid := nodes.Children(path)
	guards := []txn.Guard{
		{Kind: txn.GuardNode, Path: path, Zxid: nodes.Get(path).Stat.Mzxid},
		{Kind: txn.GuardChildren, Path: path, Zxid: pzxid},
	}
	for _, name := range chunks[:min(len(chunks), maxChunks)] {
		chunk := sdk.JoinPath(path, name)
		guards = append(guards, txn.Guard{Kind: txn.GuardNode, Path: chunk, Zxid: nodes.Get(chunk).Stat.Mzxid})
	}
	return guards
}
