#!/usr/bin/env bash
# the file of compose is sound, its server serves with exactly what it sets, and its Prometheus understands its own file
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

file=deploy/compose/compose.yaml

main() {
    need_python deploy/requirements.txt
    need ip iproute2
    need promtool prometheus
    need_from_go github.com/fullstorydev/grpcurl/cmd/grpcurl 1.9.3
    local grpcurl=$program
    # What compose reads its files with.
    need_from_go github.com/compose-spec/compose-go/v2/cmd 2.6.0
    cargo build --release --locked
    "$program" "$file" >/dev/null
    ! sed 's/read_only/readonly/' "$file" | "$program" /dev/stdin 2>/dev/null || fail 'a field that does not exist should be seen'
    unshare --net bash -c 'ip link set lo up && exec "$@"' bash \
        "$python" .ci/deployed.py "$file" target/release/mfn "$grpcurl" || fail "$file is not served as it says"
    promtool check config --syntax-only deploy/compose/prometheus.yml
    # What is named below the folder of the rules is there.
    local rules
    for rules in $(sed -n 's#^ *- /etc/prometheus/rules/##p' deploy/compose/prometheus.yml); do
        promtool check rules "deploy/prometheus/$rules"
    done
    grep -qF 'targets: [mfn:9464]' deploy/compose/prometheus.yml || fail 'Prometheus should ask the service mfn'
}

main
