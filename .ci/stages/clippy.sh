#!/usr/bin/env bash
# no warning in any target with any feature, nor without the web, and Cargo.lock is current
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need_component clippy clippy
cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
# The program without what goes beyond gRPC.
cargo clippy --package mfn --no-default-features --locked -- -D warnings
cargo clippy --package mfn-server --all-targets --locked -- -D warnings
