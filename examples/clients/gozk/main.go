// Gozk does with a ZooKeeper server, through github.com/go-zookeeper/zk, what programs do with one, and looks at the
// outcome:
//
//	gozk HOST:PORT
//	gozk HOST:PORT veto     only below /veto, where a rule wants JSON
//
// One line for each check; it ends with status 1 at the first that fails. It works against Apache ZooKeeper too.
// Everything is made below one node and removed at the end.
package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/go-zookeeper/zk"
)

func main() {
	check := run
	switch {
	case len(os.Args) == 3 && os.Args[2] == "veto":
		check = veto
	case len(os.Args) != 2:
		fmt.Fprintln(os.Stderr, "usage: gozk HOST:PORT [veto]")
		os.Exit(2)
	}
	if err := check(os.Args[1]); err != nil {
		fmt.Println("FAILED go-zookeeper:", err)
		os.Exit(1)
	}
}

func run(server string) error {
	conn, err := connect(server)
	if err != nil {
		return err
	}
	defer conn.Close()
	root := fmt.Sprintf("/gozk-check-%d", os.Getpid())
	if err := create(conn, root); err != nil {
		return err
	}
	for i, c := range checks {
		base := fmt.Sprintf("%s/%d", root, i)
		if err := create(conn, base); err != nil {
			return err
		}
		if err := c.run(&place{Conn: conn, server: server, base: base}); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Println("ok go-zookeeper:", c.name)
	}
	return remove(conn, root)
}

// connect returns once there is a session.
func connect(server string) (*zk.Conn, error) {
	conn, events, err := zk.Connect([]string{server}, 10*time.Second, zk.WithLogInfo(false), zk.WithLogger(quiet{}))
	if err != nil {
		return nil, err
	}
	deadline := time.After(wait)
	for {
		select {
		case e := <-events:
			if e.State == zk.StateHasSession {
				return conn, nil
			}
		case <-deadline:
			conn.Close()
			return nil, fmt.Errorf("no session with %s after %v", server, wait)
		}
	}
}

// quiet is a log for connections that are closed on purpose.
type quiet struct{}

func (quiet) Printf(string, ...any) {}

func create(conn *zk.Conn, path string) error {
	_, err := conn.Create(path, nil, 0, zk.WorldACL(zk.PermAll))
	return err
}

// remove deletes a node and all below it.
func remove(conn *zk.Conn, path string) error {
	names, _, err := conn.Children(path)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		errs = append(errs, remove(conn, path+"/"+name))
	}
	return errors.Join(append(errs, conn.Delete(path, -1))...)
}
