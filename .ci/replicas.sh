# shellcheck shell=bash
# Sourced first by the stages that put replicas behind balancers.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# need_replicas: the balancers, and what starts and calls all of it.
need_replicas() {
    need_python .ci/replicas/requirements.txt
    need curl curl
    need openssl openssl
    need_unpacked balancers nginx haproxy liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 libpcre2-8-0
    PATH=$PATH:$unpacked/usr/sbin
    LD_LIBRARY_PATH=$(echo "$unpacked"/usr/lib/*-linux-gnu)
    export PATH LD_LIBRARY_PATH
    cargo build --release --locked
    mfn=target/release/mfn
    cargo build --package conformance --locked
}

# need_store: Redis, and in place of `mfn` a program that can share limits by it, which the stage `store` has built.
need_store() {
    need redis-server redis-server
    need redis-cli redis-tools
    cargo build --locked --package mfn --package mfn-shared-limits --features mfn/shared-limits,mfn-shared-limits/redis-tests
    cp target/debug/mfn target/mfn-with-store
    mfn=target/mfn-with-store
}

# replicas ARGUMENT...: see replicas/__main__.py.
replicas() {
    "$python" .ci/replicas "$@"
}

# suite_passes BALANCER[+store] PROFILES [FLAG...]: three replicas are to the suite what one server is.
suite_passes() {
    target/debug/conformance run --spawn "$python .ci/replicas serve $1 $mfn" \
        --profile "$2" --start-within 120 --timeout 60 "${@:3}"
}
