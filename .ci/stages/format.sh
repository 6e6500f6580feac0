#!/usr/bin/env bash
# every source file is as rustfmt writes it
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need_component fmt rustfmt
# Each lock file is that of a workspace of its own.
while read -r lock; do
    cargo fmt --all --check --manifest-path "${lock%.lock}.toml"
done < <(git ls-files Cargo.lock '*/Cargo.lock')
