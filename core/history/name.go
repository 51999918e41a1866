package history

import (
	"fmt"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Where policies and entries stand in the tree.
const (
	Root         = sdk.GroveRoot + "/history"
	PoliciesRoot = Root + "/on"
	EntriesRoot  = Root + "/of"
)

var (
	escaper   = strings.NewReplacer("%", "%25", "/", "%2F")
	unescaper = strings.NewReplacer("%25", "%", "%2F", "/")
)

// Name is a path as the name of one node: "%" is %25 and "/" is %2F.
func Name(path string) string { return escaper.Replace(path) }

// Path is the path that a name stands for. A name that [Name] does not make of a valid path is an error.
func Path(name string) (string, error) {
	path := unescaper.Replace(name)
	if Name(path) != name {
		return "", fmt.Errorf("name %q: only %%25 and %%2F stand for anything", name)
	}
	if err := sdk.ValidatePath(path); err != nil {
		return "", fmt.Errorf("name %q: %w", name, err)
	}
	return path, nil
}

// PolicyPath is the node of the policy for path.
func PolicyPath(path string) string { return PoliciesRoot + "/" + Name(path) }

// EntriesPath is the node below which the entries of path stand.
func EntriesPath(path string) string { return EntriesRoot + "/" + Name(path) }
