package frontendkit

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk/plugin/python"
)

// Languages are those that frontends can be begun in.
var Languages = []string{"go", "python"}

//go:embed go python
var templates embed.FS

var names = regexp.MustCompile(`^[a-z][a-z0-9]{0,30}$`)

// Errors of New that are mistakes of the caller.
var (
	ErrName     = errors.New("a name is lower-case letters and digits, at most 31")
	ErrLanguage = fmt.Errorf("a language is one of %s", strings.Join(Languages, ", "))
)

// Grove says where a new program in Go finds this module.
type Grove struct {
	Version string // "v1.2.3"; "" when there is none to name: then Source must be set, or the author says it
	Source  string // a folder with the source, "" for none
}

// New writes a frontend into dir/name, which must not be there, and returns the files it has made.
func New(dir, name, language string, grove Grove) ([]string, error) {
	switch {
	case !names.MatchString(name):
		return nil, fmt.Errorf("%q: %w", name, ErrName)
	case !slices.Contains(Languages, language):
		return nil, fmt.Errorf("%q: %w", language, ErrLanguage)
	}
	to := filepath.Join(dir, name)
	if err := os.Mkdir(to, 0o755); err != nil {
		return nil, err
	}
	made, err := fill(to, name, language, grove)
	if err == nil && language == "python" {
		var border []string
		border, err = copyBorder(to)
		made = append(made, border...)
	}
	return made, err
}

// fill writes the templates of a language.
func fill(to, name, language string, grove Grove) ([]string, error) {
	entries, err := fs.ReadDir(templates, language)
	if err != nil {
		return nil, err
	}
	words := strings.NewReplacer("NAME", name, "TITLE", strings.ToUpper(name[:1])+name[1:], "REQUIRE", grove.require(), "\n//REPLACE", grove.replace())
	var made []string
	for _, entry := range entries {
		text, err := fs.ReadFile(templates, path.Join(language, entry.Name()))
		if err != nil {
			return made, err
		}
		file := strings.TrimSuffix(entry.Name(), ".tmpl")
		if err := os.WriteFile(filepath.Join(to, file), []byte(words.Replace(string(text))), mode(file)); err != nil {
			return made, err
		}
		made = append(made, file)
	}
	return made, nil
}

// copyBorder writes what a frontend in Python needs of Grove.
func copyBorder(to string) ([]string, error) {
	made := []string{"grove_frontend.py", "frontend.binpb"}
	for _, file := range made {
		raw, err := python.Files.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(to, file), raw, 0o644); err != nil {
			return nil, err
		}
	}
	return made, nil
}

func mode(file string) fs.FileMode {
	if path.Ext(file) == ".py" {
		return 0o755
	}
	return 0o644
}

func (g Grove) require() string {
	if g.Version == "" {
		return "v0.0.0"
	}
	return g.Version
}

func (g Grove) replace() string {
	if g.Source == "" {
		return ""
	}
	return "\n\nreplace github.com/grove-coordination/grove => " + g.Source
}
