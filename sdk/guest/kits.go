//go:build !wasip1

package guest

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed c/grove.h c/grove.c assemblyscript/grove.ts rust/Cargo.toml rust/src/*.rs
var kits embed.FS

// Kit is what a validator in another language is compiled with, "c", "assemblyscript" or "rust": the files that stand
// beside it, or for Rust the crate. It is not there in a module. A language without a kit panics.
func Kit(language string) fs.FS {
	kit, err := fs.Sub(kits, language)
	if err == nil {
		_, err = fs.Stat(kit, ".")
	}
	if err != nil {
		panic(fmt.Sprintf("guest: no kit for %q: %v", language, err))
	}
	return kit
}
