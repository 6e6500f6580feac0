#!/usr/bin/env bash
# the suite finds the reference conformant, by its address, by its command and without the web, and loads it as the README does
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../server.sh"

suite=(target/debug/conformance)
profiles=10

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

    load_as_the_readme_does
    without_the_web_too
}

# A server that speaks gRPC alone, by its setting or as it is compiled, is conformant in all profiles but `web`.
without_the_web_too() {
    is_conformant_without_the_web 'target/release/mfn serve --web false'
    cargo build --release --locked --package mfn --no-default-features
    is_conformant_without_the_web 'target/release/mfn serve'
    # The stages after this one find the program as it is shipped.
    cargo build --release --locked
}

# is_conformant_without_the_web COMMAND
is_conformant_without_the_web() {
    local conformant
    "${suite[@]}" run --spawn "$1" --json target/without-web.json
    conformant=$(grep -c '"judgement": "conformant"' target/without-web.json) || true
    ((conformant == profiles - 1)) ||
        fail "without the web, the reference should be conformant in $((profiles - 1)) profiles, not $conformant"
}

# The README's loads succeed: against a server as it starts by default, and against the one that the README starts.
load_as_the_readme_does() {
    local flags load
    load=$(command_of_the_readme 'cargo run -p conformance --release -- load --target http://localhost:50051')
    start_server
    # shellcheck disable=SC2086 # words, as a shell has them
    "${suite[@]}" load --target "http://$address" $load --duration 2s --expect 'error_rate == 0'
    stop_server
    flags=$(command_of_the_readme 'cargo run --release -- serve --port 50052 ')
    load=$(command_of_the_readme 'cargo run -p conformance --release -- load --target http://localhost:50052')
    # shellcheck disable=SC2086
    start_server $flags
    # shellcheck disable=SC2086
    "${suite[@]}" load --target "http://$address" $load --duration 2s --expect 'error_rate == 0'
    stop_server
}

# command_of_the_readme START: the rest of the README's line that begins so.
command_of_the_readme() {
    local line
    line=$(grep -m 1 "^$1" README.md) || fail "README.md has no line that begins with: $1"
    line=${line#"$1"}
    printf '%s' "${line%%#*}"
}

main
