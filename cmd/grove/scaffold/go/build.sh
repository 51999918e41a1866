#!/bin/sh
# Compiles greet.wasm.
set -e
cd "$(dirname "$0")"
GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o greet.wasm .
