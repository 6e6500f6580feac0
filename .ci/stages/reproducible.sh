#!/usr/bin/env bash
# another clone, in another folder, gives the same archive of the program
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

main() {
    [[ -z $(git status --porcelain) ]] || fail 'a clone has what is committed only: commit the rest first'
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    bash .ci/release "$scratch/here" mfn
    git clone --quiet . "$scratch/clone"
    bash "$scratch/clone/.ci/release" "$scratch/there" mfn
    diff -r "$scratch/here" "$scratch/there" || fail 'the two archives should be the same'
}

main
