package sasl

import (
	"errors"
	"fmt"
	"strings"
)

// maxToken is the longest response that RFC 2831 lets a client send, in bytes.
const maxToken = 4096

var errSyntax = errors.New("malformed directives")

// directives reads name=value pairs with commas between them; a value is a word, or text in quotes in which a backslash
// takes what follows as it is. Each name may be there once, in lower case or not.
func directives(token []byte) (map[string]string, error) {
	if len(token) > maxToken {
		return nil, fmt.Errorf("%w: %d bytes", errSyntax, len(token))
	}
	found := make(map[string]string)
	rest := strings.TrimLeft(string(token), blanks+",")
	for rest != "" {
		name, after, ok := strings.Cut(rest, "=")
		name = strings.ToLower(strings.Trim(name, blanks))
		if _, twice := found[name]; !ok || name == "" || twice || strings.ContainsAny(name, `",`) {
			return nil, errSyntax
		}
		value, after, ok := value(strings.TrimLeft(after, blanks))
		if !ok {
			return nil, errSyntax
		}
		found[name] = value
		rest = strings.TrimLeft(after, blanks+",")
	}
	return found, nil
}

const blanks = " \t\r\n"

// value cuts one value off the front; what follows it is nothing or begins with a comma.
func value(text string) (value, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		value, _, _ = strings.Cut(text, ",")
		rest = text[len(value):]
		value = strings.TrimRight(value, blanks)
		return value, rest, !strings.ContainsAny(value, `"`+blanks)
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			rest = strings.TrimLeft(text[i+1:], blanks)
			return b.String(), rest, rest == "" || rest[0] == ','
		case '\\':
			if i++; i == len(text) {
				return "", "", false
			}
		}
		b.WriteByte(text[i])
	}
	return "", "", false
}

// quote is text as a value in quotes.
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
