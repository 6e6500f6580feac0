#!/usr/bin/env bash
# each fuzz target searches for ten minutes
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need c++ g++
bash fuzz/run search --minutes 10
