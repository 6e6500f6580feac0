#!/usr/bin/env bash
# Prometheus scrapes the server under load: it counts each call, and rules and dashboard have answers
source "$(dirname "${BASH_SOURCE[0]}")/../server.sh"

# Each with calls at its own pace, for some eight seconds together.
loads=(
    'RunSimulation {"grid_size":16,"steps":16} 1600 200 new'
    'StreamSimulation {"grid_size":16,"steps":50,"stream_interval":10} 400 50 new'
    'ExtractFeatures {"grid_size":32,"steps":16} 240 30 new'
    'StreamFeatures {"grid_size":32,"steps":50,"stream_interval":10} 240 30 new'
    'ValidatePattern {"grid_size":16,"steps":4} 240 30 new'
)

main() {
    local load method data calls rate seed pids=() pid
    need python3 python3
    need_unpacked prometheus prometheus
    tools=$unpacked/usr/bin
    "$tools/promtool" check config deploy/prometheus/prometheus.yml
    # Debian's Prometheus finds nothing in Kubernetes, so it is told where pods are.
    sed 's/kubernetes_sd_configs:/static_configs:/; s/role: pod/targets: [pod]/' deploy/prometheus/kubernetes.yml |
        "$tools/promtool" check config /dev/stdin
    "$tools/promtool" test rules deploy/prometheus/tests.yml
    cargo build --release --locked
    cargo build --package conformance --locked

    folder=$(mktemp -d)
    MFN_GRPC_ADMIN_PORT=$(free_port)
    export MFN_GRPC_ADMIN_PORT
    start_server --audit-log off --rate-limit-rps 0 --rate-limit-concurrent 0
    start_prometheus
    trap 'kill -KILL "$server" "$prometheus" 2>/dev/null || true; rm -rf "$folder"' EXIT
    curl_metrics | "$tools/promtool" check metrics

    for load in "${loads[@]}"; do
        read -r method data calls rate seed <<<"$load"
        target/debug/conformance load --target "http://$address" --method "$method" --data "$data" \
            --calls "$calls" --rate "$rate" --seed "$seed" --connections 2 --format json --output "$folder/$method.json" 2>"$folder/$method.log" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || fail "a load did not succeed: $(cat "$folder"/*.log)"
    done
    # The one call before a load is refused, so that there is no load.
    ! target/debug/conformance load --target "http://$address" --data '{"grid_size":3}' --calls 1 2>/dev/null ||
        fail 'a simulation of 3 x 3 cells should have been refused'

    python3 .ci/metrics.py "$monitor" "$folder"
    python3 deploy/grafana/panels.py "$monitor" --check --svg target/panels.svg
    kill "$prometheus"
    wait "$prometheus" || true
    stop_server
    rm -rf "$folder"
}

# One that the kernel gives to nobody before it is used here.
free_port() {
    PYTHONPATH=.ci/replicas python3 -c 'from network import own_ports; print(*own_ports(1))'
}

curl_metrics() {
    python3 -c 'import sys, urllib.request; sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1], timeout=10).read())' \
        "http://127.0.0.1:$MFN_GRPC_ADMIN_PORT/metrics"
}

# Starts one with the rules of deploy/, which scrapes the server each second. Sets
# `prometheus`, its process id, and `monitor`, its address.
start_prometheus() {
    cp deploy/prometheus/{rules,alerts}.yml "$folder"
    sed -e "s/127.0.0.1:9464/127.0.0.1:$MFN_GRPC_ADMIN_PORT/; s/interval: 15s/interval: 1s/" \
        deploy/prometheus/prometheus.yml >"$folder/prometheus.yml"
    local port
    port=$(free_port)
    monitor=http://127.0.0.1:$port
    "$tools/prometheus" --config.file "$folder/prometheus.yml" --storage.tsdb.path "$folder/data" \
        --web.listen-address "127.0.0.1:$port" --log.level error &
    prometheus=$!
}

main
