#!/usr/bin/env bash
# each fuzz target stands its corpus and searches for two minutes, those of the suite too
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

bash fuzz/run test answers cases
bash fuzz/run search 120 access answers cases connection headers key_file limits request
