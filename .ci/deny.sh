# shellcheck shell=bash
# shellcheck disable=SC2154 # lib.sh, which is sourced before it, sets `cache`
# Sourced by the stages that look at dependencies.

# need_cargo_deny: sets `deny`, the path of cargo-deny.
need_cargo_deny() {
    local version=0.20.2
    local root=$cache/cargo-deny-$version
    # shellcheck disable=SC2034 # its callers read it
    deny=$root/bin/cargo-deny
    [[ -x $deny ]] && return
    # Built once and run for a second: optimising it would cost more than it gains.
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        cargo install --quiet --locked "cargo-deny@$version" --root "$root"
}
