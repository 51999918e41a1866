package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// show writes data on one line: as it is when that is plain, else quoted as in Go.
func show(data []byte) string {
	text := string(data)
	odd := text == "" || text[0] == '"' || strings.TrimSpace(text) != text || !utf8.ValidString(text)
	if odd || strings.ContainsFunc(text, unicode.IsControl) {
		return strconv.Quote(text)
	}
	return text
}

// parse undoes show.
func parse(text string) ([]byte, error) {
	if !strings.HasPrefix(text, `"`) {
		return []byte(text), nil
	}
	plain, err := strconv.Unquote(text)
	if err != nil {
		return nil, fmt.Errorf("value %s is not quoted as in Go", text)
	}
	return []byte(plain), nil
}
