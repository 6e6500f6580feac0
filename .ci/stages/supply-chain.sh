#!/usr/bin/env bash
# what is in the program is listed with a reason, and nothing in it has a known vulnerability
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# shellcheck source=../deny.sh
source .ci/deny.sh

main() {
    need python3 python3
    diff <(listed) <(linked) || fail 'supply-chain.toml (<) and the program mfn (>) differ by the crates above: give each its reason there'
    check_advisories
}

listed() {
    python3 - <<'EOF'
import tomllib

groups = tomllib.load(open("supply-chain.toml", "rb"))["group"]
assert all(group["for"] and group["trusted"] for group in groups)
crates = [crate for group in groups for crate in group.get("native", []) + group["crates"]]
assert len(crates) == len(set(crates)), "a crate is listed twice"
print("\n".join(sorted(crates)))
EOF
}

linked() {
    cargo tree --locked --package mfn --features "$(released_features mfn)" --edges normal,no-proc-macro --prefix none --format '{p}' |
        grep -v ' (/' | cut -d ' ' -f 1 | LC_ALL=C sort -u
}

# The database is a repository of others, which changes every day and cannot be had
# everywhere. Where it can, what it says counts.
check_advisories() {
    need_cargo_deny
    if ! "$deny" --locked --all-features fetch db; then
        printf 'NOT CHECKED for advisories: their database cannot be had here\n'
        return
    fi
    "$deny" --locked --all-features check --disable-fetch --deny warnings advisories
}

main
