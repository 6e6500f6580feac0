#!/usr/bin/env bash
# the example in Python is conformant in the profiles that it claims
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

example=conformance/examples/python

main() {
    cargo build --package conformance --locked
    need_python "$example/requirements.txt"
    target/debug/conformance run --spawn "$python $example/server.py" --profile wire,errors --json target/example.json
    local conformant
    conformant=$(grep -c '"judgement": "conformant"' target/example.json) || true
    ((conformant == 2)) || fail "the example should be conformant in 2 profiles, not $conformant"
}

main
