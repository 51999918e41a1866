package replica

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// markerName is a file beside the log that says whose log there was: so a log that is gone, or emptied, is not taken for
// that of a node that begins. A node which began anew under its name would forget what it has acknowledged, and for whom
// it has voted.
const markerName = "cluster.id"

// recall is the cluster to which the log in a node's folder has belonged since it held something; 0 when it never did.
func recall(dir string) (clusterID, error) {
	name := filepath.Join(dir, markerName)
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("log: %w", err)
	}
	id, err := strconv.ParseUint(strings.TrimSpace(string(text)), 16, 64)
	if err != nil || id == 0 {
		return 0, fmt.Errorf("%w: %s does not name a cluster. %s", ErrDamaged, name, whatHelps)
	}
	return clusterID(id), nil
}

// remember notes the cluster of a log that holds something. The file is there whole or not at all.
func remember(dir string, id clusterID) error {
	f, err := os.CreateTemp(dir, markerName+".*")
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	_, err = fmt.Fprintln(f, id)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, markerName))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("log: %w", err), os.Remove(f.Name()))
	}
	return syncDir(dir)
}

// remember notes the cluster, once there is something in its log. When that fails it is done at the next start.
func (l *Log) remember() {
	if l.store.was == l.cluster || l.raft.LastIndex() == 0 {
		return
	}
	if err := remember(l.cfg.Dir, l.cluster); err != nil {
		l.logger.Warn("a log that is lost would not be missed", "error", err)
	}
}

// compare holds what there is against what there was.
func (l *Log) compare(past bool) error {
	switch was := l.store.was; {
	case was == 0 && past && l.cluster == 0:
		return fmt.Errorf("%w: %s has snapshots, and its log is gone. %s", ErrDamaged, l.cfg.Dir, whatHelps)
	case was == 0 && past:
		return remember(l.cfg.Dir, l.cluster)
	case was != 0 && (!past || l.cluster != was):
		return fmt.Errorf("%w: %s holds nothing of cluster %v, to which this node belonged. %s",
			ErrDamaged, filepath.Join(l.cfg.Dir, "wal"), was, whatHelps)
	}
	return nil
}
