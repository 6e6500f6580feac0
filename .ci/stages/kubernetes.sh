#!/usr/bin/env bash
# the manifests for Kubernetes are sound, refuse to be run without keys, and serve with exactly what they set
source "$(dirname "${BASH_SOURCE[0]}")/../static.sh"

# The oldest that the manifests are for, and the newest whose schemas are to be had.
versions=(1.31 1.37)

main() {
    need_python .ci/replicas/requirements.txt
    envoy=${python%/*}/envoy
    need_python deploy/requirements.txt
    need ip iproute2
    need openssl openssl
    need_from_go github.com/fullstorydev/grpcurl/cmd/grpcurl 1.9.3
    grpcurl=$program
    need_from_go sigs.k8s.io/kustomize/kustomize/v5 5.8.1
    need redis-server redis-server
    # The program of the image, which is what pods run.
    build_static mfn
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    # A copy, since keys are written beside the overlay.
    cp -R deploy/kubernetes "$scratch"
    printf 'key-of-kubernetes,another-key\n' >"$scratch/kubernetes/overlays/example/api-keys"
    printf 'redis://127.0.0.1:6379' >"$scratch/kubernetes/overlays/gateway/store-url"
    certificate
    for folder in base overlays/example overlays/production overlays/envoy overlays/gateway; do
        "$program" build "$scratch/kubernetes/$folder" >"$scratch/$(basename "$folder").yaml"
        is_valid "$scratch/$(basename "$folder").yaml"
    done
    a_slip_is_seen
    the_base_has_no_key
    serves "$scratch/example.yaml"
    serves "$scratch/production.yaml" "mfn-tls=$scratch/tls"
    serves "$scratch/envoy.yaml"
    serves "$scratch/gateway.yaml"
    sed -f deploy/envoy/kubernetes.sed deploy/envoy/envoy.yaml | diff - deploy/kubernetes/components/envoy/envoy.yaml ||
        fail "the cluster's Envoy is not the one that is tried: see deploy/envoy/kubernetes.sed"
    "$python" .ci/deployed_envoy.py "$scratch/envoy.yaml" "$envoy" "$scratch/tls"
    is_of_the_gateway_api "$scratch/gateway.yaml"
}

is_valid() {
    local version
    for version in "${versions[@]}"; do
        "$(dirname "$python")/kubernetes-validate" --strict --quiet --kubernetes-version "$version" "$1" || fail "$1 is not valid for Kubernetes $version"
    done
}

# Its schemas are not among those of Kubernetes. They are part of its module.
is_of_the_gateway_api() {
    local definitions
    definitions=$(go mod download -json sigs.k8s.io/gateway-api@v1.3.0 | "$python" -c 'import json, sys; print(json.load(sys.stdin)["Dir"])')
    definitions+=/config/crd/standard
    "$python" .ci/gateway.py "$1" "$definitions"
    sed 's/backendRefs/backendrefs/' "$1" >"$scratch/slip.yaml"
    ! "$python" .ci/gateway.py "$scratch/slip.yaml" "$definitions" 2>/dev/null || fail 'a field that the Gateway API does not have should be seen'
}

a_slip_is_seen() {
    sed 's/enableServiceLinks/enableServicelinks/' "$scratch/base.yaml" >"$scratch/slip.yaml"
    ! (is_valid "$scratch/slip.yaml") >/dev/null 2>&1 || fail 'a field that does not exist should be seen'
}

# Nobody runs with the key that everyone can read.
the_base_has_no_key() {
    local said
    ! said=$(deployed "$scratch/base.yaml" 2>&1) || fail 'the base should not start as it is'
    grep -q 'MFN_API_KEYS' <<<"$said" || fail "the base should be refused for its key: $said"
}

serves() {
    deployed "$@" || fail "$1 is not served as it says"
}

# deployed FILE [SECRET=FOLDER...]: in a network of its own, since the manifest says on which ports.
deployed() {
    unshare --net bash -c 'ip link set lo up && exec "$@"' bash \
        "$python" .ci/deployed.py "$1" "$static" "$grpcurl" "${@:2}"
}

# What the Secret `mfn-tls` has in it.
certificate() {
    mkdir "$scratch/tls"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj /CN=mfn-grpc \
        -addext subjectAltName=DNS:mfn-grpc,IP:127.0.0.1 -keyout "$scratch/tls/tls.key" -out "$scratch/tls/tls.crt" 2>/dev/null
    chmod 640 "$scratch"/tls/*
}

main
