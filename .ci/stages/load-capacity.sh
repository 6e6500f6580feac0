#!/usr/bin/env bash
# conformance load makes more calls a second than any server that it measures answers
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cargo bench --locked --package conformance-load --bench load_capacity -- --check
