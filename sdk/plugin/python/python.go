// Package python holds the plugin's end of the border in Python: a module for authors to copy, and what it needs to
// read the messages. Nothing of it runs in this process.
package python

import "embed"

// Files are grove_frontend.py, and frontend.binpb, which describes the messages of package pluginpb to it.
//
//go:embed grove_frontend.py frontend.binpb
var Files embed.FS
