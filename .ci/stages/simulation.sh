#!/usr/bin/env bash
# whatever faults chance brings in five thousand schedules, the server keeps its invariants
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# `cargo test` runs the first few.
MFN_SIM_SEEDS=5000 cargo test --package mfn-server --lib --locked simulation::tests -- --nocapture
