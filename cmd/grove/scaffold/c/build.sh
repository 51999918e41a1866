#!/bin/sh
# Compiles greet.wasm.
set -e
cd "$(dirname "$0")"
clang --target=wasm32 -O2 -Wall -Wextra -nostdlib -Wl,--no-entry,--stack-first,--strip-all -o greet.wasm greet.c grove.c
