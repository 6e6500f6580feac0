# shellcheck shell=bash
# shellcheck disable=SC2154 # lib.sh, which is sourced before it, sets `cache`
# Sourced by the stages that look at dependencies.

# need_cargo_deny: sets `deny`, the path of cargo-deny.
need_cargo_deny() {
    local version=0.20.2
    local root=$cache/cargo-deny-$version
    deny=$root/bin/cargo-deny
    [[ -x $deny ]] && return
    # Built once and run for a second: optimising it would cost more than it gains.
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        cargo install --quiet --locked "cargo-deny@$version" --root "$root"
}

# deny_in_all ARGUMENT...: `cargo deny check` with these arguments, of each Cargo.lock in the tree,
# by its one deny.toml. Warnings are denied, so that an exception goes when its reason has gone.
deny_in_all() {
    local lock allowed
    while read -r lock; do
        allowed=()
        # The workspaces beside the main one need only a part of what deny.toml allows.
        [[ $lock == Cargo.lock ]] ||
            allowed=(--allow unmatched-skip --allow unused-wrapper --allow license-exception-not-encountered --allow license-not-encountered)
        printf '%s: ' "$lock"
        "$deny" --manifest-path "${lock%.lock}.toml" --config deny.toml --workspace --locked --all-features \
            check --deny warnings "${allowed[@]}" "$@"
    done < <(git ls-files Cargo.lock '*/Cargo.lock')
}
