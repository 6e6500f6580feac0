#!/usr/bin/env bash
# the same for minutes of silence, and what the suite finds of three replicas behind each balancer
source "$(dirname "${BASH_SOURCE[0]}")/../replicas.sh"

need_replicas
replicas check target/release/mfn target/debug/conformance --full
# A balancer has connections, TLS, settings and an end of its own, which are what the others are about.
for balancer in envoy nginx haproxy; do
    skipped=(--skip '*/rate-of-two-secrets')
    # It refuses calls with trailers.
    [[ $balancer != nginx ]] || skipped+=(--skip 'auth/authentication/trailers*')
    suite_passes "$balancer" wire,numeric,exact,streams,errors,auth,limits "${skipped[@]}"
done
