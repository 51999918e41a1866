// Package wasmtest makes modules for tests: tiny ones by hand, byte by byte, and real ones with the Go toolchain.
package wasmtest
