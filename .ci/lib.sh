# shellcheck shell=bash
# Sourced first by every stage: strict mode, the working directory, and how a
# missing tool is had.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Where the installers put cargo and go; not every shell without a login has them.
PATH=$PATH:$HOME/.cargo/bin:/usr/local/go/bin
export CARGO_NET_RETRY=10

# Installed tools outlive a checkout here.
# shellcheck disable=SC2034 # the stages read it
cache=${MFN_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mfn-ci}

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

# not_all WHAT: ends a stage that found nothing wrong, but could not look at all that it should.
not_all() {
    printf 'NOT CHECKED: %s\n' "$1" >&2
    # No program that a stage runs ends with this one, so `.ci/run` knows who said it.
    exit 113
}

# need_component COMMAND COMPONENT: a part of the Rust toolchain.
need_component() {
    if ! cargo "$1" --version >/dev/null 2>&1; then
        rustup component add "$2" || fail "cargo $1 is missing and rustup cannot add it"
    fi
}

# released_features PACKAGE: the features that a program is released with, beside its
# default ones.
released_features() {
    [[ $1 != mfn ]] || printf shared-limits
}

# need COMMAND PACKAGE: a program that Debian packages.
need() {
    local as_root=()
    command -v "$1" >/dev/null && return
    command -v apt-get >/dev/null || fail "$1 is missing, and so is apt-get to install it with"
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "$1 is missing; run as root: apt-get install $2"
        as_root=(sudo -n)
    fi
    printf 'installing %s\n' "$2"
    # Lists that are there already may do, should the update fail.
    "${as_root[@]}" apt-get -qq update || true
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 install "$2" >/dev/null
}

# need_unpacked NAME PACKAGE...: what Debian packages, unpacked and not installed,
# since installed it would start a service. Sets `unpacked`, the folder that is its root.
need_unpacked() {
    unpacked=$cache/$1
    [[ -e $unpacked/complete ]] && return
    need dpkg-deb dpkg
    local folder package as_root=()
    folder=$(mktemp -d)
    if ! (cd "$folder" && apt-get -qq download "${@:2}" 2>/dev/null); then
        # The lists may be none, or too old.
        ((EUID == 0)) || as_root=(sudo -n)
        "${as_root[@]}" apt-get -qq update || true
        (cd "$folder" && apt-get -qq download "${@:2}") || fail "apt-get cannot download ${*:2}"
    fi
    rm -rf "$unpacked"
    mkdir -p "$unpacked"
    for package in "$folder"/*.deb; do
        dpkg-deb -x "$package" "$unpacked"
    done
    rm -rf "$folder"
    touch "$unpacked/complete"
}

# need_from_go PACKAGE VERSION: a program that Go builds. Sets `program`, its path.
need_from_go() {
    local name=${1##*/}
    # A major version is no name.
    [[ ! $name =~ ^v[0-9]+$ ]] || name=$(basename "${1%/*}")
    program=$cache/$name-$2/$name
    [[ -x $program ]] && return
    need go golang-go
    CGO_ENABLED=0 GOBIN=${program%/*} go install "$1@v$2"
}

# need_python REQUIREMENTS: what the file lists, kept for each list. Sets `python`,
# an interpreter that has it; programs are beside it.
need_python() {
    need python3 python3
    local environment
    environment=$cache/python-$(sha256sum <"$1" | cut -c 1-12)
    python=$environment/bin/python
    [[ -e $environment/complete ]] && return
    # Debian has it apart.
    python3 -c 'import ensurepip' 2>/dev/null || need ensurepip python3-venv
    python3 -m venv --clear "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$1"
    touch "$environment/complete"
}
