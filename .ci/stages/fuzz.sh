#!/usr/bin/env bash
# the corpora and 20 seconds of search a target find nothing
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need_component clippy clippy
need c++ g++
bash fuzz/run test
bash fuzz/run search --seconds 20
bash fuzz/run lint
