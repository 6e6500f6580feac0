#!/usr/bin/env bash
# the examples in Python are conformant in the profiles that they claim, and what grpcio leaves possible stays so
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

example=conformance/examples/python

main() {
    cargo build --package conformance --package mfn --locked
    need_python "$example/requirements.txt"
    is_conformant "$python $example/server.py" wire,errors
    is_conformant "$python $example/forwarding.py target/debug/mfn serve" wire,errors,numeric,exact,streams,auth,limits
}

# is_conformant COMMAND PROFILES
is_conformant() {
    target/debug/conformance run --spawn "$1" --profile "$2" --require-conformant
}

main
