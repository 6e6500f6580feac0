#!/usr/bin/env bash
# replicas share their limits by a real store, through all that can happen to it
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need redis-server redis-server
need redis-cli redis-tools
# Together, so that no dependency is compiled with other features than by `test`.
cargo test --locked --package mfn --package mfn-shared-limits \
    --features mfn/shared-limits,mfn-shared-limits/redis-tests --lib --test serve -- shared_limits:: redis::
