package core

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

// wordEngine is a sdk.Engine whose modules are a word that data may not begin with.
type wordEngine struct{ calls atomic.Int64 }

func (e *wordEngine) Load(_ context.Context, m sdk.Module) (sdk.Validator, error) {
	return &wordValidator{engine: e, name: m.Name, word: string(m.Code)}, nil
}

type wordValidator struct {
	engine     *wordEngine
	name, word string
}

func (v *wordValidator) Name() string { return v.name }

func (v *wordValidator) Validate(_ context.Context, w sdk.Write) error {
	v.engine.calls.Add(1)
	for i, op := range w.Ops {
		if strings.HasPrefix(string(op.Data), v.word) {
			return &sdk.Rejection{Op: i, Code: sdk.CodeBadArguments, Reason: "says " + v.word}
		}
	}
	return nil
}

// install puts a module and a rule into the tree, as any client can.
func (c *client) install(name, word, path string) sdk.Message {
	c.t.Helper()
	sum := sha256.Sum256([]byte(word))
	digest := hex.EncodeToString(sum[:])
	for _, parent := range []string{admit.Root, admit.RulesRoot, admit.ModuleRoot} {
		c.ask(create(parent, ""))
	}
	c.ask(create(admit.ModuleRoot+"/"+digest, fmt.Sprintf(`{"size":%d,"chunks":1}`, len(word))))
	c.ask(create(admit.ModuleRoot+"/"+digest+"/0000", word))
	rule := fmt.Sprintf(`{"module":%q,"paths":[%q]}`, digest, path)
	if m := c.ask(create(admit.RulesRoot+"/"+name, rule)); m.Code != sdk.CodeNodeExists {
		return m
	}
	return c.ask(set(admit.RulesRoot+"/"+name, rule))
}

func TestRuleHoldsOnEveryNode(t *testing.T) {
	c := openCluster(t, &wordEngine{})
	var clients []*client
	for _, n := range c.nodes {
		clients = append(clients, openClient(t, n, sdk.Login{}))
	}
	clients[0].must(create("/config", ""))
	if m := clients[0].install("polite", "damn", "/config/**"); m.Code != sdk.OK {
		t.Fatal(m.Code)
	}
	for i, each := range clients {
		each.must(sdk.Op{Kind: sdk.OpSync, Path: "/"})
		each.must(create(fmt.Sprintf("/config/good%d", i), "hello"))
		if m := each.ask(create(fmt.Sprintf("/config/bad%d", i), "damn it")); m.Code != sdk.CodeBadArguments {
			t.Errorf("on %s: %v", c.nodes[i].cfg.ID, m.Code)
		}
		each.must(create(fmt.Sprintf("/elsewhere%d", i), "damn it"))
	}
	clients[1].must(sdk.Op{Kind: sdk.OpDelete, Path: admit.RulesRoot + "/polite", Version: sdk.AnyVersion})
	clients[1].must(create("/config/bad", "damn it"))
	c.agree()
}

// Writers pipeline while the rule changes again and again on another node. Whatever was applied after a rule came into
// force, as the feed tells, that rule had admitted.
func TestNoWriteSlipsPastARule(t *testing.T) {
	c := openCluster(t, &wordEngine{})
	setter := openClient(t, c.nodes[0], sdk.Login{})
	setter.must(create("/config", ""))
	setter.must(create("/config/x", ""))
	setter.install("polite", "w0", "/config/**")
	words := 6
	ctx, stop := context.WithCancel(within(t))
	defer stop()
	writer := openClient(t, c.nodes[1], sdk.Login{})
	done := make(chan error, 1)
	go func() { done <- pipeline(ctx, writer, words) }()
	// In force from the zxid on: the word that is refused.
	forbidden := map[int64]string{}
	for i := range 30 {
		word := fmt.Sprintf("w%d", i%words)
		forbidden[setter.install("polite", word, "/config/**").Zxid] = word
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	setter.must(create("/end", ""))
	c.agree()
	feed, err := c.nodes[2].Follow(within(t), sdk.Following{})
	if err != nil {
		t.Fatal(err)
	}
	checkAgainstRules(t, feed, forbidden)
}

// pipeline keeps writes in flight until ctx ends, and then takes the replies that are due.
func pipeline(ctx context.Context, c *client, words int) error {
	dst := make([]sdk.Message, 64)
	for i, due := 0, 0; ; i++ {
		if ctx.Err() == nil {
			op := set("/config/x", fmt.Sprintf("w%d", i%words))
			if err := c.Submit(context.Background(), uint64(i), &op); err != nil {
				return err
			}
			due++
		}
		if ctx.Err() == nil && due < 32 {
			continue
		}
		if due == 0 {
			return nil
		}
		n, err := c.Next(within(c.t), dst)
		if err != nil {
			return err
		}
		due -= n
	}
}

func checkAgainstRules(t *testing.T, feed sdk.Feed, forbidden map[int64]string) {
	t.Helper()
	applied := 0
	for dst, end := make([]sdk.Transaction, 100), false; !end; {
		n, err := feed.Next(within(t), dst)
		if err != nil {
			t.Fatal(err)
		}
		for _, txn := range dst[:n] {
			applied++
			end = txn.Changes[0].Path == "/end"
			if word := inForce(forbidden, txn.Zxid); word != "" && string(txn.Changes[0].Data) == word {
				t.Errorf("zxid %#x sets %q, which was refused by then", txn.Zxid, word)
			}
		}
	}
	if applied < 100 {
		t.Errorf("only %d writes were checked", applied)
	}
}

// inForce is the word forbidden by the last rule before a zxid.
func inForce(forbidden map[int64]string, zxid int64) string {
	var latest int64
	for rule := range forbidden {
		if rule < zxid && rule > latest {
			latest = rule
		}
	}
	return forbidden[latest]
}

func FuzzReadSnapshot(f *testing.F) {
	f.Add([]byte(snapshotMagic))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := Config{ID: "n1", Dir: "x"}
		if err := limits.applyDefaultsAndValidate(); err != nil {
			t.Fatal(err)
		}
		_, _ = readSnapshot(bytes.NewReader(data), limits.Feed)
		if s := sealed(data); len(s) > 0 {
			_, _ = readSnapshot(bytes.NewReader(s), limits.Feed)
		}
	})
}

// sealed makes arbitrary bytes pass the header and the checksum, so that the rooms' decoders see them.
func sealed(body []byte) []byte {
	s := append([]byte(snapshotMagic), 0, 0, 0, snapshotVersion)
	s = append(append(s, make([]byte, 24)...), body...)
	return binary.BigEndian.AppendUint32(s, crc32.Checksum(s, castagnoli))
}
