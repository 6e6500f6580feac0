#!/usr/bin/env bash
# replicas share their limits by a real store, through all that can happen to it
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need redis-server redis-server
need redis-cli redis-tools
cargo test --locked --package mfn-shared-limits --features redis-tests redis::
cargo test --locked --package mfn --features shared-limits --test serve shared_limits::
