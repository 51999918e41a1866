// Frontend-lines is a frontend of Grove in a process of its own: it serves the tree over TCP, one line for each question
// and one for each answer. It is meant to be read and copied; README.md says how to run it.
package main

import "github.com/grove-coordination/grove/sdk/plugin"

func main() { plugin.Serve(&lines{settings: settings{Listen: "127.0.0.1:7000"}}) }
