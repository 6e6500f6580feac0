#!/usr/bin/env bash
# each oracle of the fuzz targets fails on what is wrong, and on no seed and no input of the corpora
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need c++ g++
bash fuzz/run oracles
