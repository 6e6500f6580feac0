#!/usr/bin/env bash
# what is in programs and wheel is listed with a reason, and nothing that the tree depends on has a known vulnerability
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# shellcheck source=../deny.sh
source .ci/deny.sh

main() {
    need python3 python3
    local program
    for program in mfn conformance core; do
        diff <(listed "$program") <(linked "$program" | beyond "$program") ||
            fail "supply-chain.toml (<) and what is linked into $program (>) differ by the crates above: give each its reason there"
    done
    check_advisories
}

# listed PROGRAM: the crates that supply-chain.toml has for it; for others than mfn, those that it has beside mfn's.
listed() {
    python3 - "$1" <<'EOF'
import sys
import tomllib

groups = tomllib.load(open("supply-chain.toml", "rb"))["group"]
assert all(group["for"] and group["trusted"] for group in groups)
crates = [crate for group in groups for crate in group.get("native", []) + group["crates"]]
assert len(crates) == len(set(crates)), "a crate is listed twice"
of_this = [group for group in groups if group.get("only_in", "mfn") == sys.argv[1]]
print("\n".join(sorted(crate for group in of_this for crate in group.get("native", []) + group["crates"])))
EOF
}

# linked PROGRAM: the crates that are in it.
linked() {
    local selected=(--package "$1")
    [[ $1 != core ]] || selected=(--manifest-path clients/python/core/Cargo.toml)
    cargo tree --locked "${selected[@]}" --features "$(released_features "$1")" --edges normal,no-proc-macro --prefix none --format '{p}' |
        grep -v ' (/' | cut -d ' ' -f 1 | LC_ALL=C sort -u
}

# beyond PROGRAM: of crates on standard input, those that mfn does not have; for mfn itself, all.
beyond() {
    if [[ $1 == mfn ]]; then
        cat
    else
        grep -vxFf <(linked mfn)
    fi
}

# The database is a repository of others, which changes every day and cannot be had
# everywhere. Where it can, what it says counts.
check_advisories() {
    need_cargo_deny
    "$deny" --locked --all-features fetch db || not_all 'advisories: their database cannot be had here'
    deny_in_all advisories
}

main
