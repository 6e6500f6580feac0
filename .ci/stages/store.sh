#!/usr/bin/env bash
# replicas share their limits by a real store, through all that can happen to it
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need redis-server redis-server
need redis-cli redis-tools
# Together, so that no dependency is compiled with other features than by `test`.
tests=(test --locked --package mfn --package mfn-shared-limits
    --features 'mfn/shared-limits,mfn-shared-limits/redis-tests' --lib --test serve)
# What does not compile says so here, and not that it has no tests.
cargo "${tests[@]}" --no-run
# Tests that are called otherwise would be left out without a word.
for module in shared_limits:: redis::; do
    cargo "${tests[@]}" -- --list "$module" 2>/dev/null | grep ': test$' >/dev/null || fail "no test has $module in its name"
done
cargo "${tests[@]}" -- shared_limits:: redis::
