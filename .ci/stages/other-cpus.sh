#!/usr/bin/env bash
# the core has the same bits on ARM with NEON and on a big-endian CPU, and compiles for WebAssembly
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# What is built for these lies apart, and so does not take turns with other builds.
export CARGO_TARGET_DIR=$PWD/target/other-cpus

main() {
    # ARM: known answers and the fast code against `reference`, by NEON and without.
    tests_pass aarch64 arm64
    # IBM Z: the bytes of a number in the other order, and no vectors that the core knows.
    tests_pass s390x s390x
    need_target wasm32-unknown-unknown
    cargo check --package mfn-core --locked --target wasm32-unknown-unknown
}

# tests_pass CPU DEBIAN: the core's tests pass on the CPU of this name, emulated; the second
# one is Debian's. The comparison of gradients
# with differences says nothing of a CPU, and is slow.
tests_pass() {
    local target=$1-unknown-linux-gnu
    local variable=${target^^}
    variable=CARGO_TARGET_${variable//-/_}
    need_target "$target"
    need "qemu-$1" qemu-user
    need "$1-linux-gnu-gcc" "gcc-$1-linux-gnu"
    [[ -e /usr/$1-linux-gnu/lib/libc.so ]] || need "the C library for $1" "libc6-dev-$2-cross"
    printf '\n%s\n' "$target"
    env "${variable}_LINKER=$1-linux-gnu-gcc" "${variable}_RUNNER=qemu-$1 -L /usr/$1-linux-gnu" \
        cargo test --release --package mfn-core --lib --locked --target "$target" -- --skip central_differences
}

# need_target TARGET: the standard library for it.
need_target() {
    [[ ! -d $(rustc --print target-libdir --target "$1") ]] || return 0
    timeout 600 rustup target add "$1" || fail "the standard library for $1 is missing, and rustup cannot add it"
}

main
