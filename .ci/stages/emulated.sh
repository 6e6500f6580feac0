#!/usr/bin/env bash
# a CPU without AVX and FMA gives the same bits as this one
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

emulator=(qemu-x86_64 -cpu Nehalem)

main() {
    [[ $(rustc -vV | sed -n 's/^host: //p') == x86_64-unknown-linux-gnu ]] ||
        fail 'this stage runs x86-64 programs of a Linux machine on an emulated CPU, so it needs such a machine'
    need "${emulator[0]}" qemu-user
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    check_emulated_cpu
    check_core_tests
    check_program
}

# The rest would show nothing if the emulated CPU had the instructions.
check_emulated_cpu() {
    local found status=0
    rustc --edition 2024 -o "$scratch/detect" .ci/vector_extensions.rs
    found=$("${emulator[@]}" "$scratch/detect")
    [[ $found == 'sse4.2' ]] || fail "the emulated CPU should have SSE4.2 alone, it has: $found"
    rustc --edition 2024 -O -C target-feature=+avx,+fma -o "$scratch/use" .ci/vector_extensions.rs
    { (ulimit -c 0 && "${emulator[@]}" "$scratch/use"); } >/dev/null 2>&1 || status=$?
    ((status == 128 + 4)) || fail "the emulated CPU should refuse AVX and FMA as illegal (132), its exit code is $status"
    printf 'this CPU: %s; the emulated one: %s\n' "$("$scratch/detect")" "$found"
}

# Known answers, and the fast code against `reference`. The comparison of
# gradients with differences says nothing of a CPU, and is slow.
check_core_tests() {
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="${emulator[*]}" \
        cargo test --release --package mfn-core --lib --locked -- --skip central_differences
}

# What a user gets to see, byte by byte.
check_program() {
    cargo build --release --locked
    same_output simulate
    same_output simulate --seed -7 --grid-size 37 --steps 101
    same_output simulate --seed 5 --grid-size 51 --steps 400 --alpha 0.2 --turing-enabled
    same_output simulate --seed 2147483647 --grid-size 130 --steps 33 --spike-probability 1
    same_output simulate --seed 7 --grid-size 45 --steps 20 --quantum-jitter
    same_output features --seed 42
    same_output features --seed -7 --grid-size 50 --steps 33 --alpha 0.2
    same_output features --seed 3 --grid-size 101 --steps 10
    same_output validate --seed 42 --grid-size 32 --steps 16 --turing-enabled
    same_output validate --seed 3 --epochs 3 --batch-size 5 --grid-size 16 --steps 8 --quantum-jitter
}

# same_output ARGUMENT...: `mfn` prints the same JSON on both CPUs.
same_output() {
    local here there
    here=$(target/release/mfn "$@" --json)
    there=$("${emulator[@]}" target/release/mfn "$@" --json)
    [[ $here == "$there" ]] || fail "mfn $* prints this here, then that on the emulated CPU:
$here
$there"
    printf 'same: mfn %s\n' "$*"
}

main
