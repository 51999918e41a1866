package main

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/grove-coordination/grove/sdk/guest"
)

// scaffolds are the beginnings of a validator called greet: a folder for each language, and one for all.
//
//go:embed all:scaffold
var scaffolds embed.FS

// kitFolders are where the scaffold of a language has its kit. The one for Go is fetched.
var kitFolders = map[string]string{"rust": "grove-guest", "assemblyscript": ".", "c": "."}

// scaffold writes the files of a new validator into a folder of its name, which must not be there.
func scaffold(dir, name, language string) error {
	dir = filepath.Join(dir, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, part := range []string{"all", language} {
		if err := fillIn(dir, name, "scaffold/"+part); err != nil {
			return err
		}
	}
	if folder, ok := kitFolders[language]; ok {
		return os.CopyFS(filepath.Join(dir, folder), guest.Kit(language))
	}
	return nil
}

// fillIn copies a folder of the scaffolds into dir, with the name of the validator in the place of greet.
func fillIn(dir, name, folder string) error {
	named := strings.NewReplacer("greet", name, "Greet", camelCase(name))
	return fs.WalkDir(scaffolds, folder, func(path string, entry fs.DirEntry, err error) error {
		into := filepath.Join(dir, named.Replace(strings.TrimPrefix(path, folder)))
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return os.MkdirAll(into, 0o755)
		}
		text, err := scaffolds.ReadFile(path)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if filepath.Ext(into) == ".sh" {
			mode = 0o755
		}
		return os.WriteFile(into, []byte(named.Replace(string(text))), mode)
	})
}

// camelCase is a name of words between dashes as types are called.
func camelCase(name string) (text string) {
	for word := range strings.SplitSeq(name, "-") {
		if word != "" {
			text += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return text
}
