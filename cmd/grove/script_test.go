package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/digest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"grove": main})
}

// TestScript runs the stories of testdata/script: what a user types, and what he sees.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true})
}

// TestServerScript runs the stories of testdata/server, each beside a server of its own: $ZK, $ADMIN and $PEER are
// its addresses, $MODULES a folder with validators; super:secret may do everything.
func TestServerScript(t *testing.T) {
	modules := buildModules(t, "typed", "loop", "references")
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/server",
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"watches": awaitWatches, "members": awaitMembers},
		Setup: func(env *testscript.Env) error {
			env.Setenv("MODULES", modules)
			return startServer(env)
		},
	})
}

// buildModules compiles example validators with the plain toolchain, as their readers are told to.
func buildModules(t *testing.T, names ...string) (dir string) {
	dir = t.TempDir()
	for _, name := range names {
		build := exec.Command("go", "build", "-buildmode=c-shared", "-o", filepath.Join(dir, name+".wasm"),
			"../../examples/validators/"+name)
		build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	return dir
}

var announced = regexp.MustCompile(`(ZooKeeper clients|admin|other nodes) +(?:http://)?(\S+)`)

// startServer runs a server in this process for as long as a story lasts, on free ports.
func startServer(env *testscript.Env) error {
	config := defaults()
	config.DataDir = filepath.Join(env.WorkDir, ".data")
	config.Listen = Listen{ZooKeeper: "127.0.0.1:0", Admin: "127.0.0.1:0", Peer: "127.0.0.1:0"}
	config.NATS.Enabled = false
	config.Super = []sdk.Identity{digest.Identity([]byte("super:secret"))}
	ctx, cancel := context.WithCancel(context.Background())
	told, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := runServe(ctx, config, out, io.Discard)
		out.CloseWithError(fmt.Errorf("server: %w", io.ErrUnexpectedEOF))
		done <- err
	}()
	env.Defer(func() {
		cancel()
		if err := <-done; err != nil {
			env.T().Log("server:", err)
		}
	})
	return readAddresses(told, env)
}

// readAddresses waits until the server has told all three, and goes on reading for as long as it tells something.
func readAddresses(told io.Reader, env *testscript.Env) error {
	lines := bufio.NewScanner(told)
	for found := 0; found < 3; {
		if !lines.Scan() {
			return fmt.Errorf("no addresses told: %w", lines.Err())
		}
		if m := announced.FindStringSubmatch(lines.Text()); m != nil {
			env.Setenv(map[string]string{"admin": "ADMIN", "ZooKeeper clients": "ZK", "other nodes": "PEER"}[m[1]], m[2])
			found++
		}
	}
	go io.Copy(io.Discard, told) // until the server ends
	return nil
}

// awaitWatches is the command "watches N": it waits until the server holds so many.
func awaitWatches(ts *testscript.TestScript, _ bool, args []string) {
	awaitStatus(ts, args, func(s *statusPage) []string { return []string{strconv.FormatInt(s.Watches, 10)} })
}

// awaitMembers is the command "members ID...": it waits until these, an observer with a star, belong to the cluster and
// have told where they listen.
func awaitMembers(ts *testscript.TestScript, _ bool, args []string) {
	awaitStatus(ts, args, func(s *statusPage) (ids []string) {
		for _, m := range s.Members {
			if m.Observer {
				m.ID += "*"
			}
			if m.Clients != "" {
				ids = append(ids, m.ID)
			}
		}
		return ids
	})
}

// statusPage is what the stories look at of /status.
type statusPage struct {
	Watches int64
	Members []struct {
		ID, Clients string
		Observer    bool
	}
}

func awaitStatus(ts *testscript.TestScript, want []string, have func(*statusPage) []string) {
	for deadline := time.Now().Add(20 * time.Second); ; {
		resp, err := http.Get("http://" + ts.Getenv("ADMIN") + "/status")
		ts.Check(err)
		var status statusPage
		err = json.NewDecoder(resp.Body).Decode(&status)
		resp.Body.Close()
		ts.Check(err)
		if slices.Equal(have(&status), want) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("status says %v, want %v", have(&status), want)
		}
	}
}
