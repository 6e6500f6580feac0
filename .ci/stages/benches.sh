#!/usr/bin/env bash
# the benches refuse what they do not know, and do not panic where nobody reads
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

main() {
    check mfn-benches core
    check mfn-benches ratios --check
    check mfn-benches instructions --check
    check mfn-benches throughput --check
    check conformance-load load_capacity --check
}

# check PACKAGE BENCH [GATE]: without what it measures, so as the tests have it compiled.
check() {
    local program output option
    program=$(cargo test --locked --package "$1" --bench "$2" --no-run --message-format json |
        sed -n "/\"name\":\"$2\"/s/.*\"executable\":\"\([^\"]*\)\".*/\1/p")
    [[ -x $program ]] || fail "cargo has compiled no bench $2"

    # With what cargo tells a bench.
    exits_with 0 "$program" --bench --help
    for option in --json "${@:3}"; do
        [[ $output == *$option* ]] || fail "the help of $2 should tell of $option: $output"
    done
    # An option that is misspelt, such as a gate, must not be left out.
    for option in --json "${@:3}"; do
        exits_with 2 "$program" --bench "${option%?}x"
        [[ $output == *"a similar argument exists: '$option'"* ]] ||
            fail "$2 should tell what ${option%?}x is meant to be: $output"
    done
    exits_with 1 "$program" --json /proc/nowhere
    [[ $output == *"cannot write the figures to '/proc/nowhere'"* ]] ||
        fail "$2 should look whether it can write its figures: $output"
    (($# > 2)) || return 0
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
