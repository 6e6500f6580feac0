#!/usr/bin/env bash
# replicas behind Envoy, NGINX and HAProxy keep the limits of a key, and lose no call by a rollout
source "$(dirname "${BASH_SOURCE[0]}")/../replicas.sh"

need_replicas
replicas check "$mfn" target/debug/conformance
# Not by a key's hash: two secrets of a key may have a replica each.
suite_passes envoy limits --skip '*/rate-of-two-secrets'
suite_passes nginx limits --skip '*/rate-of-two-secrets'
# A call's host is passed on, by which a replica without keys tells pages of others.
suite_passes nginx transport --run 'transport/transport/*-is-4*'

need_store
replicas check "$mfn" target/debug/conformance --only methods,limits envoy+store
