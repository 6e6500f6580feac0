#!/usr/bin/env bash
# the benches refuse what they do not know, and do not panic where nobody reads
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

main() {
    check mfn-benches ratios
    check mfn-benches throughput
    check conformance-load load_capacity
}

# check PACKAGE BENCH: without what it measures, so as the tests have it compiled.
check() {
    local program output
    program=$(cargo test --locked --package "$1" --bench "$2" --no-run --message-format json |
        sed -n "/\"name\":\"$2\"/s/.*\"executable\":\"\([^\"]*\)\".*/\1/p")
    [[ -x $program ]] || fail "cargo has compiled no bench $2"

    # A gate that is misspelt must not be open.
    exits_with 2 "$program" --bench --chek
    [[ $output == *"a similar argument exists: '--check'"* ]] || fail "$2 should tell what --chek is meant to be: $output"
    # With what cargo tells a bench.
    exits_with 0 "$program" --bench --help
    [[ $output == *--check* ]] || fail "the help of $2 should tell of --check: $output"
    # shellcheck disable=SC2016 # the inner shell reads it
    exits_with 1 bash -c '"$0" >/dev/full' "$program"
    [[ $output != *panicked* ]] || fail "$2 panics where its output cannot be written: $output"
}

# exits_with CODE COMMAND...: sets `output`, what it says.
exits_with() {
    local code=0
    output=$("${@:2}" 2>&1) || code=$?
    ((code == $1)) || fail "${*:2} ended with the exit code $code and not $1: $output"
}

main
