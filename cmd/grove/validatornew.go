package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

func (c *console) newCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new NAME",
		Short: "Begin a validator in Go: a folder with a program, its cases and a README",
		Args:  takes(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			if !scaffoldNames.MatchString(args[0]) {
				return fmt.Errorf("validator new: %q is no name of lower-case letters, digits and dashes", args[0])
			}
			if err := scaffold(".", args[0]); err != nil {
				return fail(fmt.Errorf("validator new %s: %w", args[0], err))
			}
			return c.show(args[0]+string(filepath.Separator), struct {
				Folder string `json:"folder"`
			}{args[0]})
		},
	}
}

var scaffoldNames = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// scaffold writes the files of a new validator into a folder of its name, which must not be there.
func scaffold(dir, name string) error {
	dir = filepath.Join(dir, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	fill := strings.NewReplacer("NAME", name, "TITLE", strings.ToUpper(name[:1])+name[1:])
	var errs []error
	for file, text := range map[string]string{"main.go": scaffoldMain, "cases.yaml": scaffoldCases, "README.md": scaffoldReadme} {
		errs = append(errs, os.WriteFile(filepath.Join(dir, file), []byte(fill.Replace(text)), 0o644))
	}
	return errors.Join(errs...)
}

const scaffoldMain = `// TITLE is a validator that refuses nodes whose data does not begin with a word. See its README.
package main

import (
	"bytes"
	"errors"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

// word is what data must begin with; the settings replace it.
var word = []byte("hello")

func init() {
	guest.Configure(configure)
	guest.ValidateEach(judge)
}

func main() {}

// configure takes the settings of the rule, once. An error refuses the rule. What is kept must be copied.
func configure(settings []byte) error {
	word = bytes.Clone(bytes.TrimSpace(settings))
	if len(word) == 0 {
		return errors.New("a word is needed")
	}
	return nil
}

// judge says what is wrong with an operation, or nothing.
func judge(op *sdk.WriteOp) error {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL, sdk.OpSetData:
		if !bytes.HasPrefix(op.Data, word) {
			return guest.Reject(op.Path + ": must begin with " + string(word))
		}
	}
	return nil
}
`

const scaffoldCases = `# What the module says to which write: grove validator test NAME.wasm cases.yaml
rule:
  paths: ["/greetings/**"]
  # reads: old                 the module sees the nodes it writes; tree: any node
  # settings: "good morning"
# tree:                        nodes that are there before each case
#   /greetings/a: hello
cases:
- {name: as it should be, create: /greetings/a, data: hello world, expect: admit}
- {name: something else, set: /greetings/a, data: bye, expect: deny, reason: "/greetings/a: must begin with hello"}
- {name: a delete has no data, delete: /greetings/a, expect: admit}
- {name: elsewhere, create: /other, data: bye, expect: admit}
- name: one of several
  multi: [{create: /greetings/b, data: hello}, {create: /greetings/c, data: bye}]
  expect: deny
`

const scaffoldReadme = `# NAME

A validator for Grove: nodes under its paths must begin with a word. Change *judge* in main.go to what yours is about.

Outside of a Go module begin one that knows Grove:

    go mod init example.com/NAME
    go get github.com/grove-coordination/grove/sdk/guest

Build it, try it, see what it costs, and put it into force:

    GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o NAME.wasm .
    grove validator test NAME.wasm cases.yaml
    grove validator bench NAME.wasm cases.yaml
    grove validator install NAME --module NAME.wasm --path '/greetings/**'
`
