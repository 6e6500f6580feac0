#!/usr/bin/env bash
# every mutant of the reference is caught by the suite, and by no unrelated case
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cargo run --package conformance-mutants --locked -- --json target/mutants.json
