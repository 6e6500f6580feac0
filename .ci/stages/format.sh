#!/usr/bin/env bash
# every source file is as rustfmt writes it
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need_component fmt rustfmt
cargo fmt --all --check
