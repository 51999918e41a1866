// Frontend-redis is a frontend of Grove that speaks the part of Redis' protocol that fits a tree. It runs in a process of
// its own and knows nothing of Grove but sdk/…; README.md says what it can do and how to run it.
package main

import "github.com/grove-coordination/grove/sdk/plugin"

func main() { plugin.Serve(New()) }
