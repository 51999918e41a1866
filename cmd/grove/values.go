package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
)

// The readers of one kind of value each. They take what YAML gave, or text from the environment and the command
// line, and their errors say what is wrong with it without naming the key.

var (
	wordForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
	digestForm  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	subjectForm = regexp.MustCompile(`^[^\s.*>\x00-\x1f\x7f]+(\.[^\s.*>\x00-\x1f\x7f]+)*$`)
)

// text takes any scalar; YAML may have made a number or a truth value of what was meant as text.
func text(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool, int, int64, uint64, float64:
		return fmt.Sprint(v), nil
	}
	return "", errors.New("must be a single value")
}

func nonEmpty(value any) (string, error) {
	s, err := text(value)
	if err == nil && s == "" {
		err = errors.New("must not be empty")
	}
	return s, err
}

// word is a name that is safe in file names, addresses and log lines.
func word(value any) (string, error) {
	s, err := text(value)
	if err == nil && !wordForm.MatchString(s) {
		err = fmt.Errorf("%q is no name of at most 63 letters, digits, dots, dashes and underscores", s)
	}
	return s, err
}

func oneOf(words ...string) func(any) (string, error) {
	return func(value any) (string, error) {
		s, err := text(value)
		if err == nil && !slices.Contains(words, s) {
			err = fmt.Errorf("%q is none of %s", s, strings.Join(words, ", "))
		}
		return s, err
	}
}

func boolean(value any) (bool, error) {
	s, err := text(value)
	if err != nil {
		return false, err
	}
	switch s {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", s)
}

// duration is positive.
func duration(value any) (time.Duration, error) {
	s, err := text(value)
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is no time span such as 500ms, 4s or 1h", s)
	}
	return d, nil
}

// count is positive.
func count(value any) (uint64, error) {
	s, err := text(value)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is no positive number", s)
	}
	return n, nil
}

var units = []struct {
	suffix string
	bytes  uint64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}

// size is a positive number of bytes, plain or with a unit.
func size(value any) (int64, error) {
	s, err := text(value)
	if err != nil {
		return 0, err
	}
	digits, unit := s, uint64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(s, u.suffix); ok {
			digits, unit = rest, u.bytes
		}
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || n == 0 || n > math.MaxInt64/unit {
		return 0, fmt.Errorf("%q is no size such as 1048576, 512KiB, 64MiB or 2GiB", s)
	}
	return int64(n * unit), nil
}

// address is host:port for listening: no host means every interface, port 0 a free one.
func address(value any) (string, error) {
	s, err := text(value)
	if err != nil {
		return "", err
	}
	_, _, err = hostPort(s)
	return s, err
}

func hostPort(s string) (host string, port uint64, err error) {
	host, digits, err := net.SplitHostPort(s)
	if err == nil {
		port, err = strconv.ParseUint(digits, 10, 16)
	}
	if err != nil {
		err = fmt.Errorf("%q is no address host:port", s)
	}
	return host, port, err
}

// list takes a YAML list, or text with commas.
func list(value any) ([]string, error) {
	if items, ok := value.([]any); ok {
		return texts(items)
	}
	s, err := text(value)
	if err != nil {
		return nil, errors.New("must be a list")
	}
	if s == "" {
		return nil, nil
	}
	return strings.Split(s, ","), nil
}

func texts(items []any) ([]string, error) {
	var out []string
	for i, item := range items {
		s, err := nonEmpty(item)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i+1, err)
		}
		out = append(out, s)
	}
	return out, nil
}

func members(value any) ([]Member, error) {
	items, err := list(value)
	if err != nil {
		return nil, err
	}
	var out []Member
	for _, item := range items {
		m, err := member(strings.TrimSpace(item))
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(out, func(o Member) bool { return o.ID == m.ID || o.Addr == m.Addr }) {
			return nil, fmt.Errorf("%q repeats the id or the address of another member", item)
		}
		out = append(out, m)
	}
	return out, nil
}

func member(item string) (Member, error) {
	id, addr, _ := strings.Cut(item, "=")
	_, err := word(id)
	host, port, addrErr := hostPort(addr)
	if cmp.Or(err, addrErr) != nil || host == "" || port == 0 {
		return Member{}, fmt.Errorf("%q is not id=host:port", item)
	}
	return Member{ID: id, Addr: addr}, nil
}

// leastFree is a size that leaves the log room for its next file, which is made whole, and a little more.
func leastFree(value any) (int64, error) {
	const least = 80 << 20
	n, err := size(value)
	if err == nil && n < least {
		err = fmt.Errorf("must be 80MiB at least: the log needs that for its next file")
	}
	return n, err
}

// addresses is a list of host:port, each whole.
func addresses(value any) ([]string, error) {
	items, err := list(value)
	if err != nil {
		return nil, err
	}
	for i, item := range items {
		items[i] = strings.TrimSpace(item)
		if host, port, err := hostPort(items[i]); err != nil || host == "" || port == 0 {
			return nil, fmt.Errorf("%q is no address host:port", item)
		}
	}
	return items, nil
}

// natsURL is a comma list of server URLs, or nothing.
func natsURL(value any) (string, error) {
	s, err := text(value)
	if err != nil || s == "" {
		return s, err
	}
	for part := range strings.SplitSeq(s, ",") {
		u, err := url.Parse(strings.TrimSpace(part))
		if err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return "", errors.New("not a URL such as nats://host:4222") // the value may hold a password
		}
	}
	return s, nil
}

// subject is one or more literal NATS subject tokens.
func subject(value any) (string, error) {
	s, err := text(value)
	if err == nil && !subjectForm.MatchString(s) {
		err = fmt.Errorf("%q is no NATS subject without wildcards", s)
	}
	if err == nil && (s[0] == '_' || s[0] == '$') {
		err = fmt.Errorf("%q belongs to NATS itself", s)
	}
	return s, err
}

// orEmpty lets a value be left out.
func orEmpty(read func(any) (string, error)) func(any) (string, error) {
	return func(value any) (string, error) {
		if s, err := text(value); err == nil && s == "" {
			return "", nil
		}
		return read(value)
	}
}

// number takes a count that is no larger than anybody means.
func number(value any) (int, error) {
	if s, err := text(value); err == nil && s == "0" {
		return 0, nil
	}
	n, err := count(value)
	if err == nil && n > 1<<31-1 {
		err = fmt.Errorf("%d is too large", n)
	}
	return int(n), err
}

// upTo is a positive number that is not larger than most.
func upTo(most int) func(any) (int, error) {
	return func(value any) (int, error) {
		n, err := count(value)
		if err == nil && n > uint64(most) {
			err = fmt.Errorf("%d is more than %d", n, most)
		}
		return int(n), err
	}
}

func fourLetterWords(value any) ([]string, error) {
	words, err := list(value)
	if err == nil {
		err = zookeeper.CheckWords(words)
	}
	return words, err
}

// atLeast refuses a time span shorter than is of use.
func atLeast(least time.Duration, read func(any) (time.Duration, error)) func(any) (time.Duration, error) {
	return func(value any) (time.Duration, error) {
		d, err := read(value)
		if err == nil && d < least {
			err = fmt.Errorf("%v is shorter than %v", d, least)
		}
		return d, err
	}
}
