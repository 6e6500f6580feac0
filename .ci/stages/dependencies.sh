#!/usr/bin/env bash
# licences, versions and sources of the dependencies are those of deny.toml
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# shellcheck source=../deny.sh
source .ci/deny.sh

main() {
    need_cargo_deny
    # The advisories are left out: their database changes every day, and what passed
    # yesterday could fail today without a change here. `supply-chain` has them.
    deny_in_all licenses bans sources
    check_oracles_stay_in_tests
}

# deny.toml lets the core depend on these, and cannot say: in its tests only.
check_oracles_stay_in_tests() {
    local shipped
    shipped=$(cargo tree --workspace --all-features --locked --edges normal,build --target all --prefix none)
    if grep -E '^(rustfft|astro-float-num|rand_chacha|rand_distr) ' <<<"$shipped"; then
        fail 'the crates above are oracles for tests; what is shipped must not depend on them'
    fi
}

main
