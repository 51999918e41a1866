package soak

import (
	"cmp"
	"errors"
	"io"
	"time"
)

// Config says what is run, and for how long. Binary and Dir must be set.
type Config struct {
	Binary string // the server's executable, started with "serve"
	Dir    string // for data and logs of the nodes; made, and left there
	Out    io.Writer

	Nodes    int           // default 3
	Writers  int           // clients of each kind; default 4
	Duration time.Duration // default 1m
	Every    time.Duration // from one fault to the next; default 5s
	Seed     uint64        // of the faults; the same seed gives the same kinds in the same order
	Part     bool          // part nodes from each other too, which takes root and network namespaces
}

func (c *Config) applyDefaultsAndValidate() error {
	c.Nodes = cmp.Or(c.Nodes, 3)
	c.Writers = cmp.Or(c.Writers, 4)
	c.Duration = cmp.Or(c.Duration, time.Minute)
	c.Every = cmp.Or(c.Every, 5*time.Second)
	if c.Out == nil {
		c.Out = io.Discard
	}
	switch {
	case c.Binary == "" || c.Dir == "":
		return errors.New("soak: no server to run, or no folder for it")
	case c.Nodes < 1 || c.Nodes > 9:
		return errors.New("soak: 1 to 9 nodes")
	case c.Writers < 1 || c.Writers > 64:
		return errors.New("soak: 1 to 64 clients of each kind")
	}
	return nil
}
