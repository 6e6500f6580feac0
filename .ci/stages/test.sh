#!/usr/bin/env bash
# the tests pass with the command that the README gives, and leave nothing to compile for the suite alone
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# A snapshot in an old format passes with a line that reads like an error.
export INSTA_REQUIRE_FULL_MATCH=1

main() {
    local command='cargo test --workspace'
    grep -qE "^$command( |\$)" README.md || fail "README.md does not give the command: $command"
    $command --locked

    local package
    for package in conformance conformance-load conformance-mutants mfn mfn-client mfn-server; do
        compiles_nothing test --package "$package" --no-run
    done
    for package in conformance conformance-mutants; do
        compiles_nothing build --package "$package"
    done
}

# compiles_nothing ARGUMENT...: what `cargo ARGUMENT...` needs is compiled, with
# the same features.
compiles_nothing() {
    local output
    output=$(cargo "$@" --locked 2>&1) || fail "cargo $*: $output"
    ! grep -E '^ +Compiling ' <<<"$output" ||
        fail "cargo $* compiled the above once more, with other features: see crates/workspace-hack"
}

main
