package zoocfg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestTranslate reads the configurations of testdata/translate.txt: "import" has a zoo.cfg, with the arguments id and
// define; what comes out is the file, then the notes. "file name=..." makes a file beside it first.
func TestTranslate(t *testing.T) {
	dir := t.TempDir()
	datadriven.RunTest(t, "testdata/translate.txt", func(t *testing.T, d *datadriven.TestData) string {
		if d.Cmd == "file" {
			var name string
			d.ScanArgs(t, "name", &name)
			write(t, filepath.Join(dir, name), d.Input)
			return ""
		}
		var id string
		d.MaybeScanArgs(t, "id", &id)
		var properties []string
		for _, arg := range d.CmdArgs {
			if arg.Key == "define" {
				properties = append(properties, strings.ReplaceAll(arg.Vals[0], "DIR", dir))
			}
		}
		write(t, filepath.Join(dir, "zoo.cfg"), strings.ReplaceAll(d.Input, "DIR", dir))
		return strings.ReplaceAll(translated(t, filepath.Join(dir, "zoo.cfg"), properties, id), dir, "DIR")
	})
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func translated(t *testing.T, name string, properties []string, id string) string {
	t.Helper()
	source, err := Read(name, properties, id)
	if err != nil {
		return "error: " + err.Error()
	}
	translation, err := source.Translate()
	if err != nil {
		return "error: " + err.Error()
	}
	text, err := translation.YAML()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.Write(text)
	for _, note := range translation.Notes {
		out.WriteString("! " + note.String() + "\n")
	}
	return out.String()
}

// TestEveryEntryIsAccountedFor: a key is behind a setting or has a note, whatever it is.
func TestEveryEntryIsAccountedFor(t *testing.T) {
	for _, r := range reasons {
		if r.why == "" || strings.HasSuffix(r.why, ".") {
			t.Errorf("%s: reason %q", r.key, r.why)
		}
		name := filepath.Join(t.TempDir(), "zoo.cfg")
		write(t, name, "dataDir=/d\n"+r.key+"=1\n")
		if r.key == "dynamicConfigFile" {
			continue
		}
		source, err := Read(name, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		translation, err := source.Translate()
		if err != nil || len(translation.Notes) != 2 && r.key != "sslQuorum" {
			t.Errorf("%s: %v, notes %v", r.key, err, translation.Notes)
		}
	}
}

func FuzzProperties(f *testing.F) {
	f.Add("a=b\nc : d\\\n  e\n#f\n\\u00e4\\ud83d\\ude00=\\t\n")
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := parseProperties("f", text)
		if err == nil && len(entries) > strings.Count(text, "\n")+strings.Count(text, "\r")+1 {
			t.Errorf("%d entries of %q", len(entries), text)
		}
	})
}
