# shellcheck shell=bash
# Sourced first by what builds programs for other machines than this one.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# build_static PACKAGE: a program of that name that needs no library of the machine
# that it runs on, in release mode and with the features that it is released with. Sets `static`, its path, and `host`, for which
# machines it is.
build_static() {
    local registry=${CARGO_HOME:-$HOME/.cargo}
    # The tree's commit, or what differs from it is in the program as well.
    local commit
    if commit=$(git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null); then
        export MFN_BUILD_COMMIT=$commit
    fi
    host=$(rustc --print host-tuple)
    # Without a target named, the first flag would hold for macros and build scripts
    # too, which cannot be static. The second one keeps the paths of this machine out
    # of the program, whose bytes would differ from those of another. Some C code has
    # the time of its compilation in it, which compilers take from the variable.
    SOURCE_DATE_EPOCH=0 RUSTFLAGS="-C target-feature=+crt-static --remap-path-prefix=$registry=/cargo" \
        CFLAGS="-ffile-prefix-map=$registry=/cargo" \
        cargo build --release --locked --package "$1" --features "$(released_features "$1")" --target "$host"
    # shellcheck disable=SC2034 # its callers read it
    static=target/$host/release/$1
}
