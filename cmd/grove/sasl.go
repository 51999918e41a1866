package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/adapters/zookeeper/sasl"
)

// SASL says who may log in by DIGEST-MD5.
type SASL struct {
	Users       []sasl.User
	UsersFile   string // more of them, one name:password a line; "" for none
	AllowFailed bool   // who fails goes on as nobody
}

// everyone is all who may log in.
func (s SASL) everyone() ([]sasl.User, error) {
	if s.UsersFile == "" {
		return s.Users, nil
	}
	text, err := os.ReadFile(s.UsersFile)
	if err != nil {
		return nil, fmt.Errorf("sasl.users_file: %w", err)
	}
	more, err := sasl.ParseUsers(strings.Split(string(text), "\n"))
	if err != nil {
		return nil, fmt.Errorf("sasl.users_file: %s: %w", s.UsersFile, err)
	}
	for _, user := range more {
		if slices.ContainsFunc(s.Users, func(u sasl.User) bool { return u.Name == user.Name }) {
			return nil, fmt.Errorf("sasl.users_file: %q is in sasl.users, too", user.Name)
		}
	}
	return slices.Concat(s.Users, more), nil
}

// saslUsers is a list of name:password. Its errors show none of it.
func saslUsers(value any) ([]sasl.User, error) {
	items, err := list(value)
	if err != nil {
		return nil, err
	}
	return sasl.ParseUsers(items)
}

// schemes is a list of what a client can prove.
func schemes(value any) ([]string, error) {
	items, err := list(value)
	for i, item := range items {
		items[i] = strings.TrimSpace(item)
		if !slices.Contains(zookeeper.Schemes(), items[i]) {
			return nil, fmt.Errorf("%q is none of %s", item, strings.Join(zookeeper.Schemes(), ", "))
		}
	}
	return items, err
}

// frameSize is a size that a request may have.
func frameSize(value any) (int, error) {
	n, err := size(value)
	switch {
	case err != nil:
		return 0, err
	case n < 1<<10 || n > zookeeper.MaxFrameLimit:
		return 0, errors.New("must be between 1KiB and 8MiB")
	}
	return int(n), nil
}
