#!/usr/bin/env bash
# the same for minutes of silence, and what the suite finds of three replicas behind each balancer
source "$(dirname "${BASH_SOURCE[0]}")/../replicas.sh"

need_replicas
replicas check "$mfn" target/debug/conformance --full
# A balancer has connections, TLS, settings and an end of its own, which are what the others are about.
for balancer in envoy nginx haproxy; do
    skipped=(--skip '*/rate-of-two-secrets')
    # It refuses calls with trailers, and resets some whose deadline is over as they come.
    [[ $balancer != nginx ]] || skipped+=(--skip 'auth/authentication/trailers*' --skip exact/cache/refused)
    suite_passes "$balancer" wire,numeric,exact,streams,errors,auth,limits "${skipped[@]}"
done

# The same by the store, for which a program is built that can use one.
need redis-server redis-server
cargo build --locked --features shared-limits
cp target/debug/mfn target/mfn-with-store
mfn=target/mfn-with-store
replicas check "$mfn" target/debug/conformance envoy+store nginx+store haproxy+store
# Two secrets of a key are one caller then, but each replica has a queue of its own.
suite_passes envoy+store limits --skip '*/queue-of-two-keys'
