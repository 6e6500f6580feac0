#!/usr/bin/env bash
# licences, versions and sources of the dependencies are those of deny.toml
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

main() {
    local version=0.20.2
    local root=$cache/cargo-deny-$version
    [[ -x $root/bin/cargo-deny ]] || install_cargo_deny "$version" "$root"
    # Warnings denied, so that an exception goes when its reason has gone. The
    # advisories are left out: their database changes every day, and what passed
    # yesterday could fail today without a change here.
    "$root/bin/cargo-deny" --locked --all-features check --deny warnings licenses bans sources
    check_oracles_stay_in_tests
}

install_cargo_deny() {
    # Built once and run for a second: optimising it would cost more than it gains.
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        cargo install --quiet --locked "cargo-deny@$1" --root "$2"
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
