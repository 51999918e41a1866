package lint

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// topLevel is everything that may stand in the folder of the module and be committed.
var topLevel = []string{
	"core", "plugins", "wasm", "adapters", "sdk", "cmd", "examples",
	"koanf.yaml", "go.mod", "go.sum", "README.md", "LICENSE", "CHANGELOG.md",
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(root(t))
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := os.ReadFile(filepath.Join(root(t), ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		built := slices.Contains(strings.Fields(string(ignored)), "/"+e.Name()) ||
			slices.Contains(strings.Fields(string(ignored)), "/"+e.Name()+"/")
		if !strings.HasPrefix(e.Name(), ".") && !built && !slices.Contains(topLevel, e.Name()) {
			t.Errorf("%s has no place at the top", e.Name())
		}
	}
}

// vague are names that say nothing of what is inside.
var vague = []string{"util", "utils", "common", "manager", "impl", "helpers", "misc"}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range list(t) {
		name := filepath.Base(p.ImportPath)
		if slices.Contains(vague, name) {
			t.Errorf("%s: a name that says nothing", p.ImportPath)
		}
		if len(p.GoFiles) == 0 {
			continue
		}
		documented := slices.ContainsFunc(p.GoFiles, func(file string) bool {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.ParseComments|parser.PackageClauseOnly)
			return err == nil && f.Doc.Text() != ""
		})
		if !documented {
			t.Errorf("%s: no package comment", p.ImportPath)
		}
	}
}

// source is one Go file of the module.
type source struct {
	name string // from the folder of the module
	text []byte
	ast  *ast.File
	test bool
}

// sources gives every Go file that people write.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, p := range list(t) {
		for _, file := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			s, err := readSource(root(t), filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if !ast.IsGenerated(s.ast) {
				all = append(all, s)
			}
		}
	}
	return all
}

func readSource(root, file string) (s source, err error) {
	if s.name, err = filepath.Rel(root, file); err != nil {
		return s, err
	}
	if s.text, err = os.ReadFile(file); err != nil {
		return s, err
	}
	s.test = strings.HasSuffix(file, "_test.go")
	s.ast, err = parser.ParseFile(token.NewFileSet(), file, s.text, parser.ParseComments|parser.SkipObjectResolution)
	return s, err
}

// lineLimit keeps a file to one idea.
const lineLimit = 400

// commentLimit is how many characters a line of a comment may have: what is longer was not wrapped again after an edit.
const commentLimit = 125

// overlong are the lines of comments that are longer. Directives, which cannot be wrapped, are none.
func overlong(text []byte) (lines []int) {
	at := 0
	for line := range bytes.Lines(text) {
		at++
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("// ")) && utf8.RuneCount(line) > commentLimit {
			lines = append(lines, at)
		}
	}
	return lines
}

// unfinished are the words by which one leaves work for later.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)

func TestEveryFile(t *testing.T) {
	for _, s := range sources(t) {
		if formatted, err := format.Source(s.text); err != nil || !bytes.Equal(formatted, s.text) {
			t.Errorf("%s: not as gofmt would have it", s.name)
		}
		if lines := bytes.Count(s.text, []byte("\n")); lines > lineLimit && !s.test {
			t.Errorf("%s: %d lines, more than %d", s.name, lines, lineLimit)
		}
		for _, line := range overlong(s.text) {
			t.Errorf("%s:%d: a comment of more than %d characters", s.name, line, commentLimit)
		}
		if word := unfinished.Find(s.text); word != nil {
			t.Errorf("%s: %s left", s.name, word)
		}
		if s.test && bytes.Contains(s.text, []byte("time."+"Sleep(")) && !bytes.Contains(s.text, []byte("testing/synctest")) {
			t.Errorf("%s: a test that sleeps is slow or wrong, mostly both", s.name)
		}
	}
}

func TestEveryExportedNameIsExplained(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.ast.Name.Name == "main" {
			continue
		}
		for _, name := range unexplained(s.ast) {
			t.Errorf("%s: %s has no comment", s.name, name)
		}
	}
}

// unexplained are the exported functions, methods of exported types, types, constants and variables without a comment
// of their own or of their group.
func unexplained(f *ast.File) (names []string) {
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			if d.Doc == nil {
				names = append(names, unexplainedSpecs(d)...)
			}
		}
	}
	return names
}

func unexplainedSpecs(d *ast.GenDecl) (names []string) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Doc == nil && spec.Comment == nil && spec.Name.IsExported() {
				names = append(names, spec.Name.Name)
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if spec.Doc == nil && spec.Comment == nil && name.IsExported() {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	return ast.IsExported(receiverName(d.Recv.List[0].Type))
}

func receiverName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiverName(e.X)
	case *ast.IndexExpr:
		return receiverName(e.X)
	case *ast.IndexListExpr:
		return receiverName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
