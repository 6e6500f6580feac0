#!/usr/bin/env bash
# oracles refuse what is wrong, and what reads what others send stands its corpora of fuzzed inputs, and 20 seconds of search a target
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need_component fmt rustfmt
need_component clippy clippy
need c++ g++
(cd fuzz && cargo fmt --check)
bash fuzz/run oracles
bash fuzz/run test
bash fuzz/run search --seconds 20
bash fuzz/run lint
