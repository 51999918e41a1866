package wasm

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// What the cache folder keeps at most. The engine itself never takes anything away.
const (
	maxCacheFiles = 256
	maxCacheBytes = 512 * mib
)

// tidyCache takes the oldest compiled modules out of the cache folder when it holds too much: those of earlier versions
// of rules, of the server and of the engine. One that is taken while it is needed is compiled again at the next start.
func (e *Engine) tidyCache() {
	if e.cache == nil {
		return
	}
	e.tidying.Lock()
	defer e.tidying.Unlock()
	if err := trim(e.config.CacheDir, maxCacheFiles, maxCacheBytes); err != nil {
		e.config.Logger.Warn("cache folder is not tidied", "room", "wasm", "error", err)
	}
}

// cached is a file in the cache folder.
type cached struct {
	path string
	size int64
	made time.Time
}

// trim leaves the newest files of a folder and those below it.
func trim(folder string, files int, bytes int64) error {
	list, err := cachedFiles(folder)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b cached) int { return cmp.Or(b.made.Compare(a.made), cmp.Compare(a.path, b.path)) })
	for i, file := range list {
		if bytes -= file.size; i < files && bytes >= 0 {
			continue
		}
		if err := os.Remove(file.path); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

func cachedFiles(folder string) (list []cached, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil {
			list = append(list, cached{path, info.Size(), info.ModTime()})
		}
		return err
	})
	return list, err
}
