package tree

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/grove-coordination/grove/sdk"
)

func saved(t testing.TB, tree *Tree) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tree.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func saveAndLoad(t testing.TB, tree *Tree) *Tree {
	t.Helper()
	loaded, err := Load(bytes.NewReader(saved(t, tree)))
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// grown is a tree with some of everything in it, data of more than a chunk included.
func grown(t testing.TB) *Tree {
	tree := New()
	r := rand.New(rand.NewPCG(5, 6))
	for i := range int64(500) {
		randomWrite(r, tree, i)
	}
	big := sdk.Op{Kind: sdk.OpCreate, Path: "/big", Data: bytes.Repeat([]byte("0123456789"), 20_000)}
	mustWrite(t, tree, Actor{}, big)
	return tree
}

func TestLoadLeavesWhatFollows(t *testing.T) {
	tree := grown(t)
	r := strings.NewReader(string(saved(t, tree)) + "what follows")
	loaded, err := Load(iotest.OneByteReader(r))
	if err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(r); string(rest) != "what follows" {
		t.Errorf("%q is left", rest)
	}
	if !bytes.Equal(saved(t, loaded), saved(t, tree)) {
		t.Error("the loaded tree is saved as another")
	}
}

// pinnedTree is what the snapshots below were written of.
func pinnedTree(t *testing.T, version int) *Tree {
	tree := New()
	mustWrite(t, tree, Actor{Session: 300}, sdk.Op{Kind: sdk.OpCreate, Path: "/a", Data: []byte("hi"), Mode: sdk.ModeEphemeral})
	if version > 1 {
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreateTTL, Path: "/b", Mode: sdk.ModeTTL, TTL: 300})
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreateContainer, Path: "/c"})
	}
	return tree
}

// pinned holds each version still, as it is on disks. Never renew these bytes.
var pinned = map[int]string{
	1: "00000079" + "ab5dda03" + // one chunk
		"0105" + // version, nodes
		"00" + "02" + "00" + "00" + "013e05776f726c6406616e796f6e65" + "000002000000020000" + // "/", with a new list
		"0161" + "00" + "036869" + "01" + "0202020202d804000000" + // "/a" of session 300, with the same list
		"097a6f6f6b6565706572" + "02" + "00" + "01" + "000000000000000000" +
		"06636f6e666967" + "00" + "00" + "00" + "010205776f726c6406616e796f6e65" + "000000000000000001" +
		"0571756f7461" + "00" + "00" + "01" + "000000000000000000" +
		"0000000000000000", // the end
	2: "0000009d" + "3634394d" +
		"0207" +
		"00" + "04" + "00" + "00" + "013e05776f726c6406616e796f6e65" + "000002000000060000" + "00" +
		"0161" + "00" + "036869" + "01" + "0202020202d804000000" + "00" +
		"0162" + "00" + "00" + "01" + "020202020200000000" + "ad02" + // "/b" with a time to live
		"0163" + "00" + "00" + "01" + "020202020200000000" + "01" + // "/c", a container
		"097a6f6f6b6565706572" + "02" + "00" + "01" + "000000000000000000" + "00" +
		"06636f6e666967" + "00" + "00" + "00" + "010205776f726c6406616e796f6e65" + "000000000000000001" + "00" +
		"0571756f7461" + "00" + "00" + "01" + "000000000000000000" + "00" +
		"0000000000000000",
	3: "0000009d" + "0f5d1a69" +
		"0307" +
		"00" + "04" + "01" + "00" + "013e05776f726c6406616e796f6e65" + "000002000000060000" + "00" + // "/", its data empty
		"0161" + "00" + "036869" + "01" + "0202020202d804000000" + "00" +
		"0162" + "00" + "00" + "01" + "020202020200000000" + "ad02" +
		"0163" + "00" + "00" + "01" + "020202020200000000" + "01" +
		"097a6f6f6b6565706572" + "02" + "01" + "01" + "000000000000000000" + "00" +
		"06636f6e666967" + "00" + "01" + "00" + "010205776f726c6406616e796f6e65" + "000000000000000001" + "00" +
		"0571756f7461" + "00" + "01" + "01" + "000000000000000000" + "00" +
		"0000000000000000",
}

func TestEveryFormatIsRead(t *testing.T) {
	for version, golden := range pinned {
		section, err := hex.DecodeString(golden)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := Load(bytes.NewReader(section))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(saved(t, loaded), saved(t, pinnedTree(t, version))) {
			t.Errorf("what was loaded of version %d is another tree", version)
		}
	}
	if len(pinned) != snapshotVersion {
		t.Errorf("%d versions are pinned, there are %d", len(pinned), snapshotVersion)
	}
}

func TestFormatIsPinned(t *testing.T) {
	tree := pinnedTree(t, snapshotVersion)
	if got := hex.EncodeToString(saved(t, tree)); got != pinned[snapshotVersion] {
		t.Errorf("the format is now %s", got)
	}
	const hash = 0xdf51f8f24364b6a
	if got := tree.Hash(); got != hash {
		t.Errorf("the hash is now %#x", got)
	}
}

// TestNullThatSomebodyWroteStays: only what nobody has written becomes empty when an old snapshot is read.
func TestNullThatSomebodyWroteStays(t *testing.T) {
	tree := New()
	mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpSetData, Path: rootPath, Version: sdk.AnyVersion})
	var payload bytes.Buffer
	tree.encode(&payload)
	payload.Bytes()[0] = 2
	loaded, err := Load(bytes.NewReader(framed(payload.Bytes())))
	if err != nil {
		t.Fatal(err)
	}
	if data, _, _, _ := loaded.Get(rootPath); data != nil {
		t.Errorf("/ holds %q, and was given null", data)
	}
}

func TestEveryFlippedByteIsFound(t *testing.T) {
	section := saved(t, New())
	for i := range section {
		bad := bytes.Clone(section)
		bad[i] ^= 0x10
		if _, err := Load(bytes.NewReader(bad)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d flipped: %v", i, err)
		}
	}
}

func TestEveryTruncationIsFound(t *testing.T) {
	section := saved(t, New())
	for n := range section {
		if _, err := Load(bytes.NewReader(section[:n])); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut to %d of %d bytes: %v", n, len(section), err)
		}
	}
}

func TestErrorsOfReaderAndWriter(t *testing.T) {
	fault := errors.New("fault of the disk")
	if _, err := Load(iotest.ErrReader(fault)); !errors.Is(err, fault) || errors.Is(err, ErrCorrupt) {
		t.Errorf("load: %v", err)
	}
	if err := New().Save(faultyWriter{fault}); !errors.Is(err, fault) {
		t.Errorf("save: %v", err)
	}
}

type faultyWriter struct{ err error }

func (w faultyWriter) Write([]byte) (int, error) { return 0, w.err }

// framed makes a section with good checksums of any payload.
func framed(payload []byte) []byte {
	var b bytes.Buffer
	c := newChunkWriter(&b)
	c.Write(payload)
	if err := c.close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// record is one node as in a snapshot, with the open ACL, without stamps and lease.
func record(name string, children uint64, owner, creations int64) []byte {
	b := appendString(nil, name)
	b = binary.AppendUvarint(b, children)
	b = appendACL(append(b, 0, 0), sdk.OpenACL())
	b = append(b, 0, 0, 0, 0, 0)
	b = binary.AppendVarint(b, owner)
	b = binary.AppendVarint(b, creations)
	return append(b, 0, 0, 0)
}

// leased gives a record of a node a lease.
func leased(record []byte, lease uint64) []byte {
	return binary.AppendUvarint(bytes.Clone(record[:len(record)-1]), lease)
}

func TestLoadRefuses(t *testing.T) {
	system := func(config []byte) []byte {
		return bytes.Join([][]byte{record("zookeeper", 2, 0, 0), config, record("quota", 0, 0, 0)}, nil)
	}
	born := system(record("config", 0, 0, 0))
	// nodes and root count without these
	join := func(parts ...[]byte) []byte { return append(bytes.Join(parts, nil), born...) }
	head := func(nodes byte) []byte { return []byte{snapshotVersion, nodes + 3} }
	huge := binary.AppendUvarint(nil, 1<<62)
	root := func(children uint64) []byte { return record("", children+1, 0, 0) }
	tests := map[string][]byte{
		"nothing":              {},
		"later version":        join([]byte{snapshotVersion + 1, 4}, root(0)),
		"version zero":         join([]byte{0, 4}, root(0)),
		"root with a lease":    join(head(1), leased(root(0), 1)),
		"ephemeral with lease": join(head(2), root(1), leased(record("a", 0, 9, 0), 1)),
		"lease too long":       join(head(2), root(1), leased(record("a", 0, 0, 0), maxTTL+2)),
		"negative lease":       join(head(2), root(1), leased(record("a", 0, 0, 0), 1<<63)),
		"lease in version 1":   join([]byte{1, 5}, root(1), leased(record("a", 0, 0, 0), 1)),
		"too few nodes":        join(head(2), root(0)),
		"too many nodes":       join(head(1), root(1), record("a", 0, 0, 0)),
		"more after the last":  append(join(head(1), root(0)), 0),
		"root with a name":     join(head(1), record("a", 1, 0, 0)),
		"root of a session":    join(head(1), record("", 1, 9, 0)),
		"children missing":     join(head(3), root(2), record("a", 0, 0, 0)),
		"empty name":           join(head(2), root(1), record("", 0, 0, 0)),
		"slash in a name":      join(head(2), root(1), record("a/b", 0, 0, 0)),
		"name that is no name": join(head(2), root(1), record("..", 0, 0, 0)),
		"names out of order":   join(head(3), root(2), record("b", 0, 0, 0), record("a", 0, 0, 0)),
		"name twice":           join(head(3), root(2), record("a", 0, 0, 0), record("a", 0, 0, 0)),
		"ephemeral parent":     join(head(3), root(1), record("a", 1, 9, 0), record("b", 0, 0, 0)),
		"negative counter":     join(head(1), record("", 1, 0, -1)),
		"huge name":            join(head(1), huge),
		"huge data":            join(head(1), []byte{0, 0}, huge),
		"list not given yet":   join(head(1), []byte{0, 0, 0, 1}),
		"huge list":            join(head(1), []byte{0, 0, 0, 0}, huge),
		"empty list":           join(head(1), []byte{0, 0, 0, 0, 0}),
		"number too long":      join([]byte{snapshotVersion}, bytes.Repeat([]byte{0xff}, 11)),
		"no system":            bytes.Join([][]byte{{snapshotVersion, 1}, record("", 0, 0, 0)}, nil),
		"no config":            bytes.Join([][]byte{head(1), root(0), system(record("c", 0, 0, 0))}, nil),
		"config of a session":  bytes.Join([][]byte{head(1), root(0), system(record("config", 0, 9, 0))}, nil),
		"config with a lease":  bytes.Join([][]byte{head(1), root(0), system(leased(record("config", 0, 0, 0), 1))}, nil),
	}
	for name, payload := range tests {
		if _, err := Load(bytes.NewReader(framed(payload))); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := join(head(3), root(2), record("a", 0, 9, 0), leased(record("b", 0, 0, 0), maxTTL+1))
	if tree, err := Load(bytes.NewReader(framed(good))); err != nil || tree.Len() != 6 {
		t.Errorf("the records of these cases are bad themselves: %v", err)
	}
	chunk := []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}
	if _, err := Load(bytes.NewReader(chunk)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("huge chunk: %v", err)
	}
}

func TestHashSeesEverything(t *testing.T) {
	fresh := New().Hash()
	family := func(tree *Tree, n *node) *family { return tree.families.at(n.family) }
	changes := map[string]func(*Tree, *node){
		"data":     func(tree *Tree, _ *node) { tree.setData(tree.root, []byte("data")) },
		"null":     func(tree *Tree, _ *node) { tree.setData(tree.root, other(tree.data(tree.nodes.at(tree.root)))) },
		"children": func(tree *Tree, _ *node) { tree.unlink(tree.find(configPath), configPath) },
		"czxid":    func(_ *Tree, n *node) { n.czxid++ },
		"mzxid":    func(_ *Tree, n *node) { n.mzxid++ },
		"pzxid":    func(tree *Tree, n *node) { family(tree, n).pzxid++ },
		"ctime":    func(_ *Tree, n *node) { n.ctime++ },
		"mtime":    func(_ *Tree, n *node) { n.mtime++ },
		"lease":    func(tree *Tree, _ *node) { tree.leases.give(tree.root, lease{}) },
		"owner":    func(tree *Tree, n *node) { n.owner = tree.owners.acquire(1) },
		"counter":  func(tree *Tree, n *node) { family(tree, n).creations++ },
		"version":  func(_ *Tree, n *node) { n.version++ },
		"aversion": func(_ *Tree, n *node) { n.aversion++ },
		"acl":      func(tree *Tree, n *node) { n.acl = tree.acls.acquire([]sdk.ACL{{Identity: sdk.Anyone}}) },
	}
	for name, change := range changes {
		tree := New()
		change(tree, tree.nodes.at(tree.root))
		if tree.Hash() == fresh {
			t.Errorf("the hash does not see %s", name)
		}
	}
}

// other is nil for empty data and empty for nil.
func other(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return nil
}

// FuzzLoad tries the bytes as a section, and as the payload of one whose checksums are right.
func FuzzLoad(f *testing.F) {
	var payload bytes.Buffer
	New().encode(&payload)
	f.Add(payload.Bytes())
	tree := New()
	r := rand.New(rand.NewPCG(7, 8))
	for i := range int64(40) {
		randomWrite(r, tree, i)
	}
	payload.Reset()
	tree.encode(&payload)
	f.Add(payload.Bytes())
	for _, op := range []sdk.Op{
		{Kind: sdk.OpCreateTTL, Path: "/ttl", Mode: sdk.ModeTTL, TTL: 7},
		{Kind: sdk.OpCreate, Path: quotaPath + "/ttl"},
		{Kind: sdk.OpCreate, Path: quotaPath + "/ttl/" + limitsName, Data: []byte("count=1,bytes=2")},
	} {
		mustWrite(f, tree, Actor{}, op)
	}
	f.Add(saved(f, tree))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, section := range [][]byte{b, framed(b)} {
			tree, err := Load(bytes.NewReader(section))
			if err != nil {
				continue
			}
			if again := saveAndLoad(t, tree); again.Hash() != tree.Hash() || again.Len() != tree.Len() {
				t.Fatal("the tree is another after Save and Load")
			}
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	tree, _ := wide(b, 100_000)
	section := saved(b, tree)
	b.SetBytes(int64(len(section)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(bytes.NewReader(section)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSave(b *testing.B) {
	tree, _ := wide(b, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		if err := tree.Save(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
