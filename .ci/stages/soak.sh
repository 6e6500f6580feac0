#!/usr/bin/env bash
# after ten minutes of mixed load callers, audit and metrics count the same, and nothing is left over
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cargo build --release --locked
cargo run --quiet --locked --package soak -- --minutes 10
