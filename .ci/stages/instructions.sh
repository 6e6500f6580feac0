#!/usr/bin/env bash
# no kernel of the core and no whole call takes other numbers of instructions than recorded, where the tools are those of the record
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need valgrind valgrind
cargo bench --locked --bench instructions -- --check
