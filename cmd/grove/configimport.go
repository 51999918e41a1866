package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/cmd/internal/zoocfg"
)

func (c *console) configCommand() *cobra.Command {
	return group(&cobra.Command{Use: "config", Short: "Work with configuration files"}, c.configImportCommand())
}

func (c *console) configImportCommand() *cobra.Command {
	var output, id string
	var properties []string
	cmd := &cobra.Command{
		Use:   "import ZOO.CFG",
		Short: "Make a configuration of ZooKeeper into one of Grove",
		Long: "Make a configuration of ZooKeeper into one of Grove, and tell on standard error, line by line, what has no\n" +
			"place in it or means something else, and why. The file of the members (dynamicConfigFile) and myid in the\n" +
			"data folder are read too, and what SERVER_JVMFLAGS says can be given as it stands there.",
		Example: "  grove config import /etc/zookeeper/zoo.cfg -o grove.yaml $SERVER_JVMFLAGS\n" +
			"  grove serve --config grove.yaml",
		Args: takes(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			source, err := zoocfg.Read(args[0], properties, id)
			if err != nil {
				return fail(err)
			}
			return fail(c.importConfig(source, output))
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write, which must not be there; none: standard output")
	cmd.Flags().StringVar(&id, "id", "", "number of this server among those of the file, in place of myid")
	cmd.Flags().StringArrayVarP(&properties, "define", "D", nil, "property of the virtual machine, name=value")
	return cmd
}

func (c *console) importConfig(source *zoocfg.Source, output string) error {
	translation, err := source.Translate()
	if err != nil {
		return err
	}
	text, err := translation.YAML()
	if err != nil {
		return err
	}
	for _, note := range translation.Notes {
		fmt.Fprintln(c.errs, note)
	}
	if output == "" {
		_, err = c.out.Write(text)
		return err
	}
	return writeNew(output, text)
}

// writeNew writes a file that was not there. It may hold secrets, and so is its owner's alone.
func writeNew(name string, text []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := file.Write(text); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
