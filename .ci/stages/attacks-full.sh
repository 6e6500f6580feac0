#!/usr/bin/env bash
# the same attacks, with ten times as much of everything
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cargo build --release --locked
cargo run --quiet --locked --package attacks -- --full
