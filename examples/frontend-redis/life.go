package main

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// life is how long a value lives: a key that expires is a node with a time to live. The zero value lives on.
type life struct {
	millis int64 // from when it was written
	ends   int64 // milliseconds since the Unix epoch, 0 while it is not written yet
}

// The tree does not tell how long a node is to live, so the node's ACL does: in an entry that permits nobody anything.
// It is asked for together with the data, and is of the same node if the creation is the same.
const (
	lifeUser = "grove-redis-ttl:"
	maxTTL   = int64(1)<<40 - 1
)

// mark is the ACL of a node that lives so long.
func (l life) mark() []sdk.ACL {
	id := sdk.Identity{Scheme: "digest", ID: lifeUser + strconv.FormatInt(l.millis, 10)}
	return append(sdk.OpenACL(), sdk.ACL{Identity: id})
}

// lifeOf reads it off a node.
func lifeOf(acl []sdk.ACL, stat sdk.Stat) life {
	for _, entry := range acl {
		text, ok := strings.CutPrefix(entry.ID, lifeUser)
		if millis, err := strconv.ParseInt(text, 10, 64); ok && err == nil && entry.Scheme == "digest" && millis > 0 && millis <= maxTTL {
			return life{millis: millis, ends: stat.Mtime + millis}
		}
	}
	return life{}
}

// over reports whether the value is none any more. The server's clock counts; the frontend runs beside it.
func (l life) over(now time.Time) bool { return l.ends > 0 && now.UnixMilli() > l.ends }

// renewed reports whether a node with the life was cannot just be written to get this one.
func (l life) renewed(was life) bool { return l.millis != was.millis || was.ends > 0 && l.ends == 0 }

// left is what TTL and PTTL tell: how many of a unit are left, rounded up, -1 for no end.
func (l life) left(now time.Time, unit time.Duration) int64 {
	if l.millis == 0 {
		return -1
	}
	ends := l.ends
	if ends == 0 {
		ends = now.UnixMilli() + l.millis // written in this very transaction
	}
	left := time.Duration(max(ends-now.UnixMilli(), 0)) * time.Millisecond
	return int64((left + unit - 1) / unit)
}

var errExpire = refusal("ERR invalid expire time")

// lifeIn reads a number of a unit.
func lifeIn(text string, unit time.Duration) (life, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return life{}, errNumber
	case n <= 0 || n > math.MaxInt64/int64(unit) || n*int64(unit/time.Millisecond) > maxTTL:
		return life{}, errExpire
	}
	return life{millis: n * int64(unit/time.Millisecond)}, nil
}

// expire is EXPIRE or PEXPIRE.
func expire(unit time.Duration) func(*tx, []string) (reply, error) {
	return func(t *tx, args []string) (reply, error) {
		l, err := lifeIn(args[1], unit)
		if err != nil {
			return nil, err
		}
		return t.relive(args[0], l)
	}
}

// persist is PERSIST.
func persist(t *tx, args []string) (reply, error) {
	if value, err := t.get(args[0]); err != nil || value == nil || t.entries[args[0]].life.millis == 0 {
		return integer(0), err
	}
	return t.relive(args[0], life{})
}

func (t *tx) relive(key string, l life) (reply, error) {
	value, err := t.get(key)
	if err != nil || value == nil {
		return integer(0), err
	}
	return integer(1), t.expire(key, l)
}

// ttl is TTL or PTTL.
func ttl(unit time.Duration) func(*tx, []string) (reply, error) {
	return func(t *tx, args []string) (reply, error) {
		value, err := t.get(args[0])
		if err != nil || value == nil {
			return integer(-2), err
		}
		return integer(t.entries[args[0]].life.left(time.Now(), unit)), nil
	}
}

// options are what SET may say after the value.
type options struct {
	nx, xx, get, keep bool
	life              life
}

var errSyntax = refusal("ERR syntax error")

func optionsOf(words []string) (o options, err error) {
	for i := 0; i < len(words); i++ {
		switch word := strings.ToUpper(words[i]); word {
		case "NX":
			o.nx = true
		case "XX":
			o.xx = true
		case "GET":
			o.get = true
		case "KEEPTTL":
			o.keep = true
		case "EX", "PX":
			if i++; i == len(words) || o.life.millis > 0 {
				return o, errSyntax
			}
			if o.life, err = lifeIn(words[i], map[string]time.Duration{"EX": time.Second, "PX": time.Millisecond}[word]); err != nil {
				return o, err
			}
		default:
			return o, errSyntax
		}
	}
	if o.nx && o.xx || o.keep && o.life.millis > 0 {
		return o, errSyntax
	}
	return o, nil
}
