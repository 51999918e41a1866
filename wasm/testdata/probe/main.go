// Probe is a validator for tests: what it does is the path of the write.
package main

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/guest"
)

func init() { guest.Validate(judge) }

func main() {}

var kept [][]byte

func judge(write *sdk.Write) error {
	switch write.Ops[0].Path {
	case "/tree":
		return guest.Reject(around(write))
	case "/surroundings":
		return guest.Reject(surroundings())
	case "/random":
		random := make([]byte, 10_000)
		rand.Read(random)
		return guest.Reject(fmt.Sprintf("%x", random[len(random)-8:]))
	case "/print":
		fmt.Println("to standard output")
		fmt.Fprintln(os.Stderr, "to standard error")
		guest.Log("to the log")
	case "/panic":
		panic("the author forgot something")
	case "/exit":
		os.Exit(3)
	case "/memory":
		for {
			kept = append(kept, make([]byte, 1<<20))
		}
	case "/sleep":
		start := time.Now()
		time.Sleep(time.Hour)
		if time.Since(start) >= time.Hour {
			return guest.Reject("slept an hour")
		}
	}
	return nil
}

// around tells what the write meets and what the tree holds.
func around(write *sdk.Write) string {
	if write.Tree == nil || write.Ops[0].Old == nil {
		return "nothing is told"
	}
	var told []string
	for _, name := range write.Tree.Children("/dir") {
		node := write.Tree.Get("/dir/" + name)
		told = append(told, fmt.Sprintf("%s %d bytes version %d", name, len(node.Data), node.Stat.Version))
	}
	old := write.Ops[0].Old
	return fmt.Sprintf("old %t %s, %q, missing %t %t", old.Present, old.Data, told,
		write.Tree.Get("/missing").Present, write.Tree.Children("/missing") != nil)
}

func surroundings() string {
	_, fileErr := os.Open("/etc/hosts")
	_, netErr := net.Dial("tcp", "127.0.0.1:80")
	return fmt.Sprintf("time %d args %d environment %d file %t network %t",
		time.Now().UnixMilli(), len(os.Args), len(os.Environ()), fileErr == nil, netErr == nil)
}
