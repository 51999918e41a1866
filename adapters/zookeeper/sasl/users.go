package sasl

import (
	"crypto/md5"
	"fmt"
	"strings"
)

// User is one who may log in.
type User struct {
	Name     string
	Password string
}

// ParseUsers reads users as "name:password", one each; the first colon ends the name, and blanks around the whole do
// not count. Empty texts, and ones that begin with #, are passed over. The error says which text is wrong, and never
// shows it.
func ParseUsers(texts []string) ([]User, error) {
	var users []User
	known := make(map[string]bool)
	for i, text := range texts {
		if text = strings.TrimSpace(text); text == "" || text[0] == '#' {
			continue
		}
		name, password, found := strings.Cut(text, ":")
		switch {
		case !found || name == "" || password == "":
			return nil, fmt.Errorf("user %d: want name:password", i+1)
		case known[name]:
			return nil, fmt.Errorf("user %d: %q is there twice", i+1, name)
		}
		known[name] = true
		users = append(users, User{name, password})
	}
	return users, nil
}

// secret is all that the server needs of a password: the hash of name, realm and password.
type secret [md5.Size]byte

func newSecret(name, realm, password string) secret {
	return md5.Sum([]byte(narrow(name) + ":" + narrow(realm) + ":" + narrow(password)))
}

// narrow is text in ISO 8859-1 where that can write it, as the RFC has it hashed; else it stays UTF-8.
func narrow(text string) string {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return text
		}
		out = append(out, byte(r))
	}
	return string(out)
}

// widen is text that came in ISO 8859-1 as UTF-8.
func widen(text string) string {
	out := make([]rune, len(text))
	for i := range len(text) {
		out[i] = rune(text[i])
	}
	return string(out)
}
