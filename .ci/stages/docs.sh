#!/usr/bin/env bash
# the documentation builds without a warning, for users and for maintainers
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

export RUSTDOCFLAGS='-D warnings'
# Public pages must not link to private ones, and links in private pages must
# lead somewhere. Each is only seen by one of the two.
cargo doc --workspace --all-features --no-deps --locked
cargo doc --workspace --all-features --no-deps --locked --document-private-items
