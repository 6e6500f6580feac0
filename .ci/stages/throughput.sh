#!/usr/bin/env bash
# a call costs mfn serve about as much CPU time as a bare tonic server, or less
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cargo bench --locked --bench throughput -- --check
