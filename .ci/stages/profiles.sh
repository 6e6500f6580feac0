#!/usr/bin/env bash
# the core's tests pass without any optimisation of its code, and with all of it
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# `cargo test --workspace` optimises the core even in its debug build. The
# comparison of gradients with differences says nothing of a build, and is slow.
cargo test --config profile.dev.package.mfn-core.opt-level=0 --package mfn-core --lib --locked -- \
    --skip central_differences
cargo test --release --package mfn-core --lib --locked
