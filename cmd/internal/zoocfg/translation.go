package zoocfg

import (
	"fmt"
	"strconv"
	"strings"
)

// Setting is one key of Grove's configuration. Value is a string, an int, a bool or a []string.
type Setting struct {
	Key   string
	Value any
	From  string // the keys of ZooKeeper it comes from
}

// Note is what somebody should know of one entry: that it was left out, or means something else now.
type Note struct {
	Where string // file:line, or -D
	Key   string
	Text  string
}

// String is the note as one line.
func (n Note) String() string { return fmt.Sprintf("%s: %s: %s", n.Where, n.Key, n.Text) }

// Translation is a configuration in Grove's keys, in the order of koanf.yaml, and what there is to say about it, in the
// order of the files. Every entry of the source is either behind a setting or has a note.
type Translation struct {
	Source   string // name of the file it was made of
	Settings []Setting
	Notes    []Note
}

// translation is one under way.
type translation struct {
	*Source
	servers []*server
	out     Translation
	used    map[string]bool   // keys that became settings
	why     map[string]string // what to say of an entry, by where and key
}

// Translate says the configuration in Grove's keys. The error is for values that ZooKeeper would refuse too, and names
// the line; and for one of several servers that does not say which it is.
func (s *Source) Translate() (*Translation, error) {
	servers, err := readServers(s)
	if err != nil {
		return nil, err
	}
	t := &translation{Source: s, servers: servers, out: Translation{Source: s.name}, used: map[string]bool{}, why: map[string]string{}}
	for _, part := range []func() error{t.node, t.listen, t.members, t.auth, t.sessions, t.clients, t.tls, t.peerTLS, t.disk} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	t.set("nats.enabled", false, "")
	t.noteAll()
	return &t.out, nil
}

// take is the entry of a key that has a place in Grove.
func (t *translation) take(key string) (entry, bool) {
	e, ok := t.get(key)
	if ok {
		t.used[key] = true
	}
	return e, ok
}

// number takes a number of at least least. Without the key it is otherwise.
func (t *translation) number(key string, least, otherwise int) (n int, ok bool, err error) {
	e, ok := t.take(key)
	if !ok {
		return otherwise, false, nil
	}
	n, err = strconv.Atoi(e.value)
	if err != nil || n < least {
		return 0, true, fmt.Errorf("%s: %s: %q is no number from %d", e.where, key, e.value, least)
	}
	return n, true, nil
}

// truth takes a truth value as Java reads it: true in any case of letters, everything else is false.
func (t *translation) truth(key string) (value, ok bool) {
	e, ok := t.take(key)
	return strings.EqualFold(e.value, "true"), ok
}

func (t *translation) set(key string, value any, from string) {
	t.out.Settings = append(t.out.Settings, Setting{key, value, from})
}

// note says something about an entry that became a setting, or replaces what is said of one that did not.
func (t *translation) note(e entry, format string, args ...any) {
	t.why[e.where+e.key] = fmt.Sprintf(format, args...)
}

// noteAll makes a note for every entry that is not fully behind a setting.
func (t *translation) noteAll() {
	for _, e := range t.entries {
		last, _ := t.get(e.key)
		text, told := t.why[e.where+e.key]
		switch {
		case told:
		case last != e:
			text = "left out: " + last.where + " says it again"
		case t.used[e.key]:
			continue
		default:
			text = "left out: " + reason(e.key)
		}
		t.out.Notes = append(t.out.Notes, Note{e.where, e.key, text})
	}
}
