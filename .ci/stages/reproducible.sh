#!/usr/bin/env bash
# another clone, in another folder, gives the same archives of both programs, and that of the suite works
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# shellcheck source=../bill.sh
source .ci/bill.sh

main() {
    [[ -z $(git status --porcelain) ]] || fail 'a clone has what is committed only: commit the rest first'
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    bash .ci/release "$scratch/here" mfn conformance
    suite_is_sound
    git clone --quiet . "$scratch/clone"
    bash "$scratch/clone/.ci/release" "$scratch/there" mfn conformance
    diff -r "$scratch/here" "$scratch/there" || fail 'the archives should be the same'
}

# `release` looks at what the other parts bring, for each change; this one takes longer to build.
suite_is_sound() {
    local archive
    tar --extract --file "$scratch"/here/conformance-*.tar.gz --directory "$scratch"
    archive=$(echo "$scratch"/conformance-*/)
    ! readelf --program-headers "$archive/conformance" | grep INTERP || fail 'the suite should need no library'
    ! grep -qF "${CARGO_HOME:-$HOME/.cargo}" "$archive/conformance" || fail 'the suite has paths of this machine in it'
    "$archive/conformance" list >/dev/null
    bill_is_sound "$(echo "$scratch"/here/conformance-*.cdx.json)" "$archive/THIRD-PARTY-NOTICES"
}

main
