package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"
)

// What a log asks of a disk, with values of 100 bytes.
const (
	diskRecord = 300      // bytes of a record, more or less
	diskFile   = 64 << 20 // bytes that are allocated before anything is written, with Grove and with ZooKeeper
	diskSyncs  = 500
)

// besideDisk has the disk measured right before each round of a task: no write that is kept can be faster, and a disk
// that is shared is now fast and now slow.
func besideDisk(t task) task {
	measure := t.measure
	t.measure = func(ctx context.Context, c *cluster) (map[string]float64, error) {
		alone, err := syncTime(c.servers[0].dir)
		if err != nil {
			return nil, err
		}
		numbers, err := measure(ctx, c)
		if err == nil {
			numbers[disk], numbers[inSyncs] = millis(alone), numbers[p50]/millis(alone)
		}
		return numbers, err
	}
	return t
}

// syncTime is how long the disk of a folder takes to keep a record behind the one before, as a log writes them: the median.
func syncTime(dir string) (time.Duration, error) {
	f, err := os.CreateTemp(dir, "sync-")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := syscall.Fallocate(int(f.Fd()), 0, 0, diskFile); err != nil {
		return 0, fmt.Errorf("allocate %s: %w", f.Name(), err)
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	record, times := make([]byte, diskRecord), make([]time.Duration, diskSyncs)
	for i := range times {
		start := time.Now()
		if _, err := f.WriteAt(record, int64(i*diskRecord)); err != nil {
			return 0, err
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return 0, err
		}
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}
