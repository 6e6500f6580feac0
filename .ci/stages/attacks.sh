#!/usr/bin/env bash
# no attack keeps an honest client from its answers, or the server from its bound of memory
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cargo build --release --locked
cargo run --quiet --locked --package attacks
