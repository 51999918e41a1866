package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// describe writes down where and when this is, and what is compared.
func describe(w io.Writer, b *bench) error {
	fmt.Fprintf(w, "%s, %d processors, %s, Linux %s; %s.\n\n",
		field("/proc/cpuinfo", "model name"), runtime.NumCPU(), field("/proc/meminfo", "MemTotal"),
		output("uname", "-r"), time.Now().UTC().Format("2006-01-02 15:04 MST"))
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
