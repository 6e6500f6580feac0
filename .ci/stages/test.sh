#!/usr/bin/env bash
# the tests pass with the command that the README gives
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

command='cargo test --workspace'
grep -qE "^$command( |\$)" README.md || fail "README.md does not give the command: $command"
$command --locked
