package plugin

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// folder is a private folder for a plugin's socket and temporary files. It is marked as in use for as long as this
// process lives, so that a later one can tell what a host that was killed has left.
type folder struct {
	path string
	mark *os.File // locked
}

const (
	folderPrefix = "grove-plugin-"
	markName     = "host"
)

// newFolder makes a folder, and removes those that hosts of this user have left when they were killed.
func newFolder(log *slog.Logger) (*folder, error) {
	base := folderBase()
	sweep(base, log)
	path, err := os.MkdirTemp(base, folderPrefix)
	if err != nil {
		return nil, err
	}
	mark, err := markFolder(path)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return &folder{path: path, mark: mark}, nil
}

// folderBase is where the folders are. A socket's path has about a hundred bytes, which some TMPDIRs use up alone.
func folderBase() string {
	if base := os.TempDir(); len(base) <= 48 {
		return base
	}
	return "/tmp"
}

func (f *folder) remove() error {
	return errors.Join(os.RemoveAll(f.path), f.mark.Close())
}

// sweep removes what is left of hosts that are no more. What cannot be removed is in nobody's way.
func sweep(base string, log *slog.Logger) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, entry := range entries {
		path := filepath.Join(base, entry.Name())
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), folderPrefix) || !abandoned(path) {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			log.Debug("folder of an earlier host stays", "folder", path, "error", err)
			continue
		}
		log.Info("folder of a host that was killed is removed", "folder", path)
	}
}
