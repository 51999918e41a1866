package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// describe writes down where and when this is, and what is compared.
func describe(w io.Writer, b *bench) error {
	fmt.Fprintf(w, "%s, %d processors, %s, Linux %s; one fdatasync of 4 KiB takes %.3g ms (median of 200); %s.\n\n",
		field("/proc/cpuinfo", "model name"), runtime.NumCPU(), field("/proc/meminfo", "MemTotal"),
		output("uname", "-r"), millis(b.sizes.sync), time.Now().UTC().Format("2006-01-02 15:04 MST"))
	for _, k := range b.kinds {
		fmt.Fprintf(w, "* %s: %s\n", k.name, k.version())
	}
	_, err := fmt.Fprintf(w, "\n%d rounds, steady loads of %v each; median (least..greatest).\n\n", b.sizes.rounds, b.sizes.duration)
	return err
}

// field is the value of a line "name: value" in a file of /proc.
func field(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return name + " unknown"
}

// syncTime is how long the disk of a folder takes to keep a page: no single write can be faster.
func syncTime(dir string) (time.Duration, error) {
	f, err := os.CreateTemp(dir, "sync-")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 4096)
	for range 256 {
		if _, err := f.Write(page); err != nil {
			return 0, err
		}
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	times := make([]time.Duration, 200)
	for i := range times {
		if _, err := f.WriteAt(page, int64(i)*4096); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return 0, err
		}
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}
