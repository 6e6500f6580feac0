#!/usr/bin/env bash
# the same by the configurations as they are, and by the store, with minutes of silence, and what the suite finds
source "$(dirname "${BASH_SOURCE[0]}")/../replicas.sh"

# A balancer has connections, TLS, settings and an end of its own, which are what the other profiles are about.
profiles=wire,numeric,exact,streams,errors,auth,limits

need_replicas
replicas check "$mfn" target/debug/conformance --full
for balancer in envoy nginx haproxy; do
    skipped=(--skip '*/rate-of-two-secrets')
    # These open further connections to a replica for further calls, and without keys each of
    # them is a tenant with places of its own in the queue.
    [[ $balancer == envoy ]] || skipped+=(--skip exact/cache/refused)
    # It refuses calls with trailers.
    [[ $balancer != nginx ]] || skipped+=(--skip 'auth/authentication/trailers*')
    suite_passes "$balancer" "$profiles" "${skipped[@]}"
done
# How long a silent client keeps its connection is the balancer's own.
for balancer in envoy haproxy; do
    suite_passes "$balancer" web --skip '*/silent-client'
done
# Without TLS it has HTTP/2 alone.
replicas suite "$mfn" target/debug/conformance nginx --profile web

need_store
replicas check "$mfn" target/debug/conformance --full envoy+store nginx+store haproxy+store
# Two secrets of a key are one caller then, but each replica has a queue of its own.
suite_passes envoy+store "$profiles,web" --skip '*/queue-of-two-keys' --skip exact/cache/refused --skip '*/silent-client'
