package replica

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// A snapshot is smaller than what the machine wrote, and gives it back; so does one of version 1; what is neither does not.
func TestSnapshotForm(t *testing.T) {
	text := strings.Repeat("znode ", 10_000)
	var file bytes.Buffer
	w, err := wrap(&file)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(w, text)
	if err = errors.Join(err, w.Close()); err != nil || file.Len() > len(text)/10 {
		t.Fatalf("%d bytes of %d, %v", file.Len(), len(text), err)
	}
	for version, file := range map[string]string{"2": file.String(), "1": "grovsnp\x01" + text} {
		r, err := unwrap(strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); string(got) != text || err != nil {
			t.Errorf("version %s: %d bytes, %v", version, len(got), err)
		}
	}
	for _, file := range []string{"", "grovsnp", "grovsnp\x03abc", "something else"} {
		if _, err := unwrap(strings.NewReader(file)); !errors.Is(err, errSnapshot) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func FuzzUnwrap(f *testing.F) {
	var file bytes.Buffer
	w, _ := wrap(&file)
	_, _ = io.WriteString(w, "state")
	_ = w.Close()
	f.Add(file.Bytes())
	f.Add([]byte("grovsnp\x01state"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := unwrap(bytes.NewReader(data))
		if err != nil {
			return
		}
		defer r.Close()
		if n, _ := io.Copy(io.Discard, io.LimitReader(r, 1<<20)); n > 1<<20 {
			t.Errorf("%d bytes", n)
		}
	})
}
