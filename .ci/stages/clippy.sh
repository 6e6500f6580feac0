#!/usr/bin/env bash
# no warning in any target with any feature, and Cargo.lock is current
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need_component clippy clippy
cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
