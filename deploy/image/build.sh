#!/usr/bin/env bash
# Builds the image without a container engine, by buildah, of a program that is
# built already, and prints the digest of its manifest.
#
#   bash deploy/image/build.sh PROGRAM NOTICES BILL ARCHIVE [SECONDS]
#
# PROGRAM is a static mfn, NOTICES is what .ci/third_party_notices prints, BILL what
# .ci/sbom.py does, ARCHIVE becomes an OCI archive, and SECONDS since 1970 are the time
# of all that is in it, 0 by default. The last stage of the Dockerfile is what is built;
# the three files stand for the stage before it. The same files and time give the same bytes.
set -euo pipefail

main() {
    (($# == 4 || $# == 5)) || fail 'usage: bash deploy/image/build.sh PROGRAM NOTICES BILL ARCHIVE [SECONDS]'
    command -v buildah >/dev/null || fail 'buildah is missing: apt-get install buildah'
    ! readelf --program-headers "$1" | grep -q INTERP || fail "$1 is not static, and the image has no libraries"
    local dockerfile commit version tag
    dockerfile=$(dirname "${BASH_SOURCE[0]}")/Dockerfile
    version=$("$1" -V | cut -d ' ' -f 2)
    commit=$("$1" --version | sed -n 's/^commit *//p')
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    mkdir "$scratch/build"
    install -m 755 "$1" "$scratch/build/mfn"
    install -m 644 "$2" "$scratch/build/THIRD-PARTY-NOTICES"
    install -m 644 "$3" "$scratch/build/mfn.cdx.json"
    tag=localhost/mfn:$version
    # OCI's format has no health check, and Docker's has the name of the machine.
    buildah_here build --quiet --isolation chroot --format oci --timestamp "${5:-0}" --identity-label=false \
        --build-context "build=$scratch/build" --build-arg "COMMIT=$commit" --build-arg "VERSION=$version" \
        --tag "$tag" --file "$dockerfile" "$scratch/build" >/dev/null 2>"$scratch/said" || fail "$(<"$scratch/said")"
    buildah_here push --quiet --digestfile "$scratch/digest" "$tag" "oci:$scratch/layout:mfn:$version"
    # An archive that buildah makes has the time of its making in it.
    tar --create --file "$4" --directory "$scratch/layout" --sort=name --format=ustar --mode=u=rwX,go=rX \
        --mtime="@${5:-0}" --owner=0 --group=0 --numeric-owner .
    cat "$scratch/digest"
    printf '\n'
}

# With a store of its own: what else is on this machine is not touched.
buildah_here() {
    buildah --storage-driver vfs --root "$scratch/root" --runroot "$scratch/run" "$@"
}

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

main "$@"
