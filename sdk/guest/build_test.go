package guest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// toolchain compiles the probe of a language. Its commands run in the folder of this package and find in $OUT the
// folder to write probe.wasm to.
type toolchain struct {
	language string
	needs    string // what a shell must say yes to
	build    string
}

var toolchains = []toolchain{
	{"go", "command -v go", `GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o "$OUT/probe.wasm" ./testdata/probe`},
	{"rust", `test -d "$(rustc --print target-libdir --target wasm32-unknown-unknown)"`,
		`cargo build -q --offline --release --target wasm32-unknown-unknown --target-dir "$OUT" --manifest-path testdata/probe/rust/Cargo.toml &&
		cp "$OUT/wasm32-unknown-unknown/release/probe.wasm" "$OUT/probe.wasm"`},
	{"assemblyscript", "command -v asc",
		`asc testdata/probe/probe.ts -o "$OUT/probe.wasm" -O3 --use abort=`},
	{"c", "command -v clang && command -v wasm-ld",
		`clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry,--stack-first,--strip-all -I c -o "$OUT/probe.wasm" testdata/probe/probe.c c/grove.c`},
}

// everyProbe runs a test with the probe of each kit: compiled anew where there are the tools for it, and, for those
// that are small, as it is kept in testdata. With GROVE_GUESTS=require a tool that is not there is an error.
func everyProbe(t *testing.T, test func(t *testing.T, code []byte)) {
	for _, chain := range toolchains {
		t.Run(chain.language, func(t *testing.T) { test(t, chain.compile(t)) })
		if kept, err := os.ReadFile(filepath.Join("testdata", "probe."+chain.language+".wasm")); err == nil {
			t.Run(chain.language+" as it is kept", func(t *testing.T) { test(t, kept) })
		} else if chain.language != "go" {
			t.Error(err)
		}
	}
}

var compiled sync.Map // from language to func() ([]byte, error)

// compile gives the module, made once in a run.
func (c toolchain) compile(t testing.TB) []byte {
	t.Helper()
	if err := exec.Command("sh", "-c", c.needs).Run(); err != nil {
		if os.Getenv("GROVE_GUESTS") == "require" {
			t.Fatalf("no tools for %s: %s", c.language, c.needs)
		}
		t.Skipf("no tools for %s here (%s): only the kept module is tried", c.language, c.needs)
	}
	once, _ := compiled.LoadOrStore(c.language, sync.OnceValues(c.run))
	code, err := once.(func() ([]byte, error))()
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (c toolchain) run() ([]byte, error) {
	folder, err := os.MkdirTemp("", "guest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	command := exec.Command("sh", "-c", c.build)
	command.Env = append(os.Environ(), "OUT="+folder)
	var said strings.Builder
	command.Stdout, command.Stderr = &said, &said
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", c.language, err, &said)
	}
	return os.ReadFile(filepath.Join(folder, "probe.wasm"))
}
