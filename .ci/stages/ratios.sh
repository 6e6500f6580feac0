#!/usr/bin/env bash
# what costs what, in ratios measured in one run, meets its goals
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cargo bench --locked --bench ratios -- --check
