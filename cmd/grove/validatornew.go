package main

import (
	"fmt"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"
)

func (c *console) newCommand() *cobra.Command {
	language := "go"
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Begin a validator: a folder with a program, its cases, settings and a README",
		Long: "Make a folder with the beginning of a validator that builds and passes its cases as it is, and with the kit of this\n" +
			"version of Grove for its language. For Go the kit is a module that go get fetches.",
		Args: takes(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := checkScaffold(args[0], language); err != nil {
				return fmt.Errorf("validator new: %w", err)
			}
			if err := scaffold(".", args[0], language); err != nil {
				return fail(fmt.Errorf("validator new %s: %w", args[0], err))
			}
			return c.show(args[0]+string(filepath.Separator), struct {
				Folder string `json:"folder"`
			}{args[0]})
		},
	}
	cmd.Flags().StringVar(&language, "lang", language, "language: go, rust, assemblyscript or c")
	return cmd
}

var scaffoldNames = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// checkScaffold finds what is wrong with the command line.
func checkScaffold(name, language string) error {
	switch {
	case !scaffoldNames.MatchString(name):
		return fmt.Errorf("%q is no name of lower-case letters, digits and dashes", name)
	case name == "grove" || name == "grove-guest":
		return fmt.Errorf("%q is what the kit is called", name)
	}
	return flagOneOf("lang", language, "go", "rust", "assemblyscript", "c")
}
