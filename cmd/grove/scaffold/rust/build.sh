#!/bin/sh
# Compiles greet.wasm.
set -e
cd "$(dirname "$0")"
cargo build --release --target wasm32-unknown-unknown
cp "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/release/validator.wasm" greet.wasm
