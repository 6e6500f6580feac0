#!/usr/bin/env bash
# no kernel of the core and no whole call takes other numbers of instructions than recorded
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need valgrind valgrind
cargo bench --locked --bench instructions -- --check
