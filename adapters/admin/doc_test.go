package admin_test

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// The package comment lists the pages there are, in the same order.
func TestEveryPageIsInTheList(t *testing.T) {
	pages, listed := addresses(t, "pages.go", `"GET (/[a-z/]+)"`), addresses(t, "doc.go", `//\t(/[a-z/]+)`)
	if len(pages) == 0 || !slices.Equal(pages, listed) {
		t.Errorf("there are %q, and the list has %q", pages, listed)
	}
}

func addresses(t *testing.T, file, pattern string) (found []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
		found = append(found, string(match[1]))
	}
	return found
}
