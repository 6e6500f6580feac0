#!/usr/bin/env bash
# archive and image are built twice with the same bytes, and what the archive brings works
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# shellcheck source=../bill.sh
source .ci/bill.sh

main() {
    need buildah buildah
    need man man-db
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    bash .ci/release "$scratch/first" mfn image
    bash .ci/release "$scratch/second" mfn image >/dev/null
    diff -r "$scratch/first" "$scratch/second" || fail 'the same program should give the same archives'
    (cd "$scratch/first" && sha256sum --quiet --check SHA256SUMS)
    tar --extract --file "$scratch"/first/mfn-*.tar.gz --directory "$scratch"
    archive=$(echo "$scratch"/mfn-*/)
    tells_its_commit
    names_what_is_in_it
    bill_is_sound "$(echo "$scratch"/first/mfn-*-linux-*.cdx.json)" "$archive/THIRD-PARTY-NOTICES"
    cmp "$scratch"/first/mfn-*-linux-*.cdx.json "$scratch"/first/mfn-*-image.cdx.json
    completes_in_bash
    manual_is_sound
    ! bash .ci/release "$scratch/third" mfm 2>"$scratch/said" || fail 'a part that does not exist should be refused'
    grep -q '"mfm"' "$scratch/said" || fail "the part should be named: $(<"$scratch/said")"
}

tells_its_commit() {
    local told
    told=$("$archive/mfn" --version)
    grep -qE '^commit +[0-9a-f]{40}(-dirty)?$' <<<"$told" || fail "it should name its commit: $told"
    grep -q "$(git rev-parse HEAD)" <<<"$told" || fail "its commit should be that of the tree: $told"
    ! readelf --program-headers "$archive/mfn" | grep INTERP || fail 'the program should need no library'
    ! grep -qF "${CARGO_HOME:-$HOME/.cargo}" "$archive/mfn" || fail 'the program has paths of this machine in it'
}

# The licences ask for it.
names_what_is_in_it() {
    local crate
    for crate in tokio aws-lc-sys epaint_default_fonts; do
        grep -q "^$crate v" "$archive/THIRD-PARTY-NOTICES" || fail "the notices should name $crate"
    done
    grep -q 'SIL OPEN FONT LICENSE' "$archive/THIRD-PARTY-NOTICES" || fail 'the notices should have the licence of the fonts'
    grep -q 'Microsoft Corporation' "$archive/THIRD-PARTY-NOTICES" || fail 'the notices should have the licence of mimalloc, deep in its crate'
    ! grep -E '^(proptest|insta|syn) v' "$archive/THIRD-PARTY-NOTICES" || fail 'what is not in the program needs no notice'
}

# As the shell does when its user asks for what may follow.
completes_in_bash() {
    local found
    found=$(bash -c '
        source "$1"
        COMP_WORDS=(mfn se) COMP_CWORD=1
        _mfn mfn se mfn
        echo "${COMPREPLY[@]}"
        COMP_WORDS=(mfn serve --tls-c) COMP_CWORD=2
        _mfn mfn --tls-c serve
        echo "${COMPREPLY[@]}"' bash "$archive/completions/mfn.bash")
    [[ $found == $'serve\n--tls-cert-path --tls-client-ca-path' ]] || fail "bash completes to: $found"
}

# Without a warning of what formats it, and with what the help has.
manual_is_sound() {
    local page said
    for page in "$archive"/man/man1/*.1; do
        said=$(MANROFFSEQ='' man --warnings=w --local-file "$page" 2>&1 >"$scratch/page") || fail "$page: $said"
        [[ -z $said ]] || fail "$page: $said"
    done
    MANWIDTH=100 man --local-file "$archive/man/man1/mfn-serve.1" >"$scratch/page"
    grep -q 'MFN_GRPC_MAX_CONNECTION_AGE_MS' "$scratch/page" || fail 'the manual should name the variables'
    grep -qE '^ +mfn serve --api-keys-file keys.toml' "$scratch/page" || fail 'the manual should keep the lines of the examples'
}

main
