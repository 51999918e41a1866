package main

import (
	"errors"
	"fmt"

	"github.com/go-zookeeper/zk"
)

// veto is what a program sees below /veto, where a rule wants JSON: its write is refused with an error that it knows, and
// it goes on.
func veto(server string) error {
	conn, err := connect(server)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Create("/veto/go", []byte("{}"), 0, zk.WorldACL(zk.PermAll)); err != nil {
		return fmt.Errorf("good data: %w", err)
	}
	if _, err := conn.Set("/veto/go", []byte("{"), -1); !errors.Is(err, zk.ErrBadArguments) {
		return fmt.Errorf("bad data: %v, want %w", err, zk.ErrBadArguments)
	}
	if _, err := conn.Multi(&zk.CheckVersionRequest{Path: "/veto/go", Version: 0}, &zk.SetDataRequest{Path: "/veto/go", Data: []byte("}"), Version: -1}); err == nil {
		return errors.New("bad data passes in a multi")
	}
	if _, err := conn.Set("/veto/go", []byte("[1]"), 0); err != nil {
		return fmt.Errorf("good data afterwards: %w", err)
	}
	return nil
}
