package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/cmd/internal/frontendkit"
)

func (c *console) newFrontendCommand() *cobra.Command {
	var language, source string
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Begin a frontend: a folder with a program that runs, its tests and a README",
		Args:  takes(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			made, err := frontendkit.New(".", args[0], language, frontendkit.Grove{Version: groveVersion(), Source: source})
			switch {
			case errors.Is(err, frontendkit.ErrName), errors.Is(err, frontendkit.ErrLanguage):
				return fmt.Errorf("frontend new: %w", err)
			case err != nil:
				return fail(fmt.Errorf("frontend new %s: %w", args[0], err))
			}
			return c.show(args[0]+string(filepath.Separator), struct {
				Folder string   `json:"folder"`
				Files  []string `json:"files"`
			}{args[0], made})
		},
	}
	cmd.Flags().StringVar(&language, "lang", "go", "language: "+strings.Join(frontendkit.Languages, ", "))
	cmd.Flags().StringVar(&source, "grove", "", "folder with Grove's source, for a program in Go; none: it is downloaded")
	return cmd
}

// groveVersion is that of this program, "" when it was not built from a version.
func groveVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || !strings.HasPrefix(info.Main.Version, "v") || strings.Contains(info.Main.Version, "+dirty") {
		return ""
	}
	return info.Main.Version
}
