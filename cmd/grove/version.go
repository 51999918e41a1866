package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

func (c *console) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this binary",
		Args:  takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			build := version()
			if c.json {
				return fail(c.printJSON(build))
			}
			_, err := fmt.Fprintf(c.out, "grove %s %s %s/%s\n", build.Version, build.Go, runtime.GOOS, runtime.GOARCH)
			return fail(err)
		},
	}
}

// build is what a binary knows of its making.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`

	built time.Time // of the revision
}

// version reads it from what the Go toolchain left in the binary.
func version() build {
	b := build{Version: "(devel)", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.built, _ = time.Parse(time.RFC3339, s.Value) // or not known
		}
	}
	return b
}
