package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

const (
	defaultFile = "koanf.yaml"
	envPrefix   = "GROVE_"
)

// sources is where a configuration is read from. A file that was named must exist; without a name koanf.yaml of the
// working directory is read when it is there.
type sources struct {
	file    string
	environ []string
	flags   *pflag.FlagSet
}

// load reads the configuration: defaults, file, environment, flags, each over the one before. The error is one
// line that names the key at fault and where its value came from.
func load(from sources) (Config, error) {
	l := loader{all: koanf.New("."), origin: map[string]string{}}
	err := l.readDefaults()
	for _, read := range []func(sources) error{l.readFile, l.readEnviron, l.readFlags} {
		if err == nil {
			err = read(from)
		}
	}
	if err != nil {
		return Config{}, err
	}
	return l.config()
}

// loader gathers layers: what every key is now, and which layer said so.
type loader struct {
	all    *koanf.Koanf
	origin map[string]string
}

func (l *loader) readDefaults() error {
	initial := make(map[string]any, len(settings))
	for _, s := range settings {
		initial[s.key] = s.initial
	}
	return l.layer(confmap.Provider(initial, "."), nil, func(string) string { return "default" })
}

func (l *loader) readFile(from sources) error {
	name := from.file
	if name == "" {
		name = defaultFile
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	return l.layer(file.Provider(name), yaml.Parser(), func(string) string { return "file " + name })
}

// serviceLink is what Kubernetes sets in every pod beside a service named grove, and is no setting.
var serviceLink = regexp.MustCompile(`^GROVE_(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$`)

func (l *loader) readEnviron(from sources) error {
	names := map[string]string{}
	provider := env.Provider("", env.Opt{
		Prefix:      envPrefix,
		EnvironFunc: func() []string { return from.environ },
		TransformFunc: func(name, value string) (string, any) {
			if serviceLink.MatchString(name) {
				return "", nil
			}
			key := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, envPrefix), "__", "."))
			names[key] = name
			return key, value
		},
	})
	return l.layer(provider, nil, func(key string) string { return "environment variable " + names[key] })
}

func (l *loader) readFlags(from sources) error {
	if from.flags == nil {
		return nil
	}
	return l.layer(posflag.Provider(from.flags, ".", nil), nil, func(key string) string { return "flag --" + key })
}

// layer reads one source over what was there and refuses keys that nobody knows.
func (l *loader) layer(provider koanf.Provider, parser koanf.Parser, origin func(key string) string) error {
	k := koanf.New(".")
	if err := k.Load(provider, parser); err != nil {
		return fmt.Errorf("configuration: %s: %s", origin(""), oneLine(err))
	}
	values := k.All()
	maps.DeleteFunc(values, emptySection)
	for _, key := range sortedKeys(values) {
		if !known(key) {
			return &keyError{key: key, origin: origin(key), err: errors.New("unknown key")}
		}
		l.origin[key] = origin(key)
	}
	return l.all.Load(confmap.Provider(values, "."), nil)
}

// emptySection reports whether key is only the heading of a section without anything in it.
func emptySection(key string, value any) bool {
	section, ok := value.(map[string]any)
	if value != nil && (!ok || len(section) > 0) {
		return false
	}
	return slices.ContainsFunc(settings, func(s setting) bool { return strings.HasPrefix(s.key, key+".") })
}

func known(key string) bool {
	return slices.ContainsFunc(settings, func(s setting) bool { return s.key == key })
}

// config turns the values into a Config, each checked for itself and then against the others.
func (l *loader) config() (Config, error) {
	var c Config
	for _, s := range settings {
		if err := s.set(&c, l.all.Get(s.key)); err != nil {
			return Config{}, &keyError{key: s.key, origin: l.origin[s.key], err: err}
		}
	}
	if key, err := c.conflict(); err != nil {
		return Config{}, &keyError{key: key, origin: l.origin[key], err: err}
	}
	return c, nil
}

// conflict finds two values that do not go together, and names the key of one.
func (c *Config) conflict() (key string, err error) {
	if c.Session.MinTimeout > c.Session.MaxTimeout {
		return "session.max_timeout", fmt.Errorf("%s is less than session.min_timeout, %s",
			c.Session.MaxTimeout, c.Session.MinTimeout)
	}
	self := func(m Member) bool { return m.ID == c.NodeID }
	if len(c.Members) > 0 && !slices.ContainsFunc(c.Members, self) {
		return "cluster.members", fmt.Errorf("node.id %q is not among them", c.NodeID)
	}
	return c.clusterConflict()
}

func (c *Config) clusterConflict() (key string, err error) {
	peer := []string{c.TLS.PeerCertificate, c.TLS.PeerKey, c.TLS.PeerCA}
	switch {
	case len(c.Cluster.Join) > 0 && len(c.Members) > 1:
		return "cluster.join", errors.New("cluster.members are those of a new cluster: with this, at most the node itself")
	case len(c.Cluster.Join) > 0 && len(c.Members) == 0 && everywhere(c.Listen.Peer):
		return "cluster.join", fmt.Errorf("the others cannot reach listen.peer, %s: say how with cluster.members %s=host:port", c.Listen.Peer, c.NodeID)
	case c.Cluster.Observer && len(c.Cluster.Join) == 0:
		return "cluster.observer", errors.New("only with cluster.join")
	case slices.Contains(peer, "") && strings.Join(peer, "") != "":
		return "tls.peer_certificate", errors.New("tls.peer_certificate, tls.peer_key and tls.peer_ca go together")
	}
	return "", nil
}

// everywhere reports whether an address is that of all interfaces: good to listen on, and nothing to tell others.
func everywhere(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// keyError says which key is wrong, where its value came from, and why.
type keyError struct {
	key    string
	origin string
	err    error
}

func (e *keyError) Error() string {
	return fmt.Sprintf("configuration: %s (%s): %s", e.key, e.origin, oneLine(e.err))
}

func (e *keyError) Unwrap() error { return e.err }

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// configFlags makes one flag for every key, named like it.
func configFlags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("configuration", pflag.ContinueOnError)
	flags.SortFlags = false
	for _, s := range settings {
		flags.String(s.key, s.initial, s.usage)
		if s.initial == "true" || s.initial == "false" {
			flags.Lookup(s.key).NoOptDefVal = "true"
		}
	}
	return flags
}
