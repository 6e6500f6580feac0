#!/usr/bin/env bash
# the suite finds the reference conformant, by its address and by its command
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../server.sh"

suite=(target/debug/conformance)
profiles=9

main() {
    cargo build --release --locked
    cargo build --package conformance --locked

    start_server
    "${suite[@]}" run --target "http://$address" --json target/by-address.json
    stop_server

    "${suite[@]}" run --spawn 'target/release/mfn serve' --json target/conformance.json \
        --junit target/conformance.xml --html target/conformance.html
    local conformant
    conformant=$(grep -c '"judgement": "conformant"' target/conformance.json) || true
    ((conformant == profiles)) || fail "the reference should be conformant in $profiles profiles, not $conformant"
}

main
