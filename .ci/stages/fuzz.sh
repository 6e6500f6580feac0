#!/usr/bin/env bash
# what reads what others send stands its corpora of fuzzed inputs, and some thousand further ones
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need_component fmt rustfmt
(cd fuzz && cargo fmt --check)
bash fuzz/run test
