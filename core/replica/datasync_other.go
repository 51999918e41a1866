//go:build !linux

package replica

import "github.com/hashicorp/raft-wal/types"

// syncData syncs all of a file, where nothing less is to be had.
func syncData(file types.WritableFile) error { return file.Sync() }
