package zoocfg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Source is what a ZooKeeper server is started with.
type Source struct {
	name    string // of its file
	entries []entry
	id      string // its number among the servers, "" for not told
}

// Read gathers the configuration file, the file of the members that it names (dynamicConfigFile), the number of the
// server from the file myid in its data folder, and the properties of the virtual machine, each "name=value". An id that
// is not "" counts in place of myid. The error names the file and the line.
func Read(name string, properties []string, id string) (*Source, error) {
	s := &Source{name: filepath.Base(name), id: id}
	if err := s.read(name); err != nil {
		return nil, err
	}
	if dynamic, ok := s.get("dynamicConfigFile"); ok {
		if err := s.read(beside(name, dynamic.value)); err != nil {
			return nil, fmt.Errorf("%s: dynamicConfigFile: %w", dynamic.where, err)
		}
	}
	for _, property := range properties {
		key, value, _ := strings.Cut(property, "=")
		s.entries = append(s.entries, entry{key: bare(key), value: value, where: "-D"})
	}
	return s, s.readID(name)
}

func (s *Source) read(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	entries, err := parseProperties(filepath.Base(name), string(text))
	for i := range entries {
		entries[i].key = bare(entries[i].key)
	}
	s.entries = append(s.entries, entries...)
	return err
}

// readID looks into the data folder, when the server is one of several.
func (s *Source) readID(name string) error {
	data, ok := s.get("dataDir")
	if s.id == "" && ok {
		text, err := os.ReadFile(filepath.Join(beside(name, data.value), "myid"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		s.id = strings.TrimSpace(string(text))
	}
	if s.id != "" {
		if _, err := strconv.ParseUint(s.id, 10, 31); err != nil {
			return fmt.Errorf("myid: %.20q is no number", s.id)
		}
	}
	return nil
}

// get is the entry that counts: a later one wins over an earlier, as in ZooKeeper.
func (s *Source) get(key string) (entry, bool) {
	for i := len(s.entries) - 1; i >= 0; i-- {
		if s.entries[i].key == key {
			return s.entries[i], true
		}
	}
	return entry{}, false
}

// bare is the key as zoo.cfg has it. ZooKeeper makes a property of the virtual machine of every key it does not know,
// with this prefix; in both places the key means the same.
func bare(key string) string { return strings.TrimPrefix(key, "zookeeper.") }

// beside makes a path in a file relative to the folder of the file.
func beside(file, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}
