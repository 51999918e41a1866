#!/bin/sh
# Compiles greet.wasm.
set -e
cd "$(dirname "$0")"
[ -d node_modules ] || npm install --no-audit --no-fund
npm run build
